"""What to do with one file: pure decisions from four texts, so that nothing a person wrote is ever lost.

`mine` is what lies in the workspace, `base` what Wireplan last put there, `new` what the templates say now; None means that
there is no such file. The caller acts; a three-way merge itself is git's work.
"""

from enum import Enum

MINE_LABEL = "yours"
BASE_LABEL = "what wireplan wrote last"
NEW_LABEL = "wireplan"


class Step(Enum):
    """What happens to one file. The value is the word that a person reads."""

    CURRENT = "current"
    CREATE = "create"
    REWRITE = "rewrite"
    MERGE = "merge"
    EDITED = "edited by you, kept"
    YOURS = "yours"
    STAYS_DELETED = "deleted by you, stays deleted"
    REMOVE = "remove"
    LEFT = "no longer rendered, kept since you edited it"
    FORGET = "no longer rendered, gone already"
    IN_THE_WAY = "in the way"
    UNRESOLVED = "unresolved conflict"

    @property
    def refuses(self) -> bool:
        """Whether a person must act before the file can be current."""
        return self in {Step.IN_THE_WAY, Step.UNRESOLVED}

    @property
    def changes(self) -> bool:
        """Whether the file in the workspace changes."""
        return self in {Step.CREATE, Step.REWRITE, Step.MERGE, Step.REMOVE}


def generated(mine: str | None, base: str | None, new: str | None) -> Step:
    """The step for a file that Wireplan owns; `base` or `new` is there."""
    if new is None:
        return _no_longer_rendered(mine, base)
    if mine is None:
        return Step.CREATE if base is None else Step.STAYS_DELETED
    return Step.CURRENT if mine == new else _differing(mine, base, new)


def yours(mine: str | None, begun: bool) -> Step:
    """The step for a file that a person owns: written once as a starting point, then never touched again."""
    if mine is not None:
        return Step.YOURS
    return Step.STAYS_DELETED if begun else Step.CREATE


def conflicted(text: str) -> bool:
    """Whether a merge of ours left its marks in `text` and nobody has resolved them yet."""
    return any(line.startswith(f"<<<<<<< {MINE_LABEL}") for line in text.splitlines())


def _differing(mine: str, base: str | None, new: str) -> Step:
    if conflicted(mine):
        return Step.UNRESOLVED
    if base is None:
        return Step.IN_THE_WAY
    if mine == base:
        return Step.REWRITE
    return Step.EDITED if base == new else Step.MERGE


def _no_longer_rendered(mine: str | None, base: str | None) -> Step:
    if mine is None:
        return Step.FORGET
    return Step.REMOVE if mine == base else Step.LEFT
