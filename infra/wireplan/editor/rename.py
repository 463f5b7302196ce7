"""Give a name another text everywhere in a topology and its overlays; refused, with the reason, where that would leave something behind."""

import re
from collections.abc import Iterator, Mapping

from wireplan.editor import schema
from wireplan.editor.positions import Text
from wireplan.editor.project import Project, table
from wireplan.editor.roles import DATABASE, OF_PROTOS, Mention
from wireplan.findings import Edit, Place
from wireplan.load import authoring
from wireplan.load.document import value
from wireplan.load.of_changes import MOVABLE
from wireplan.load.shape import NAMES

HOLDING = {"topics": "topic", "databases": "database cluster", DATABASE: "database", "buckets": "bucket"}


class Refused(Exception):  # noqa: N818 - it is an answer, no error of ours
    """Why a name cannot be given another text, in a sentence for the person who asked."""


def able(project: Project, mention: Mention) -> None:
    """Nothing where a name can be changed.

    Raises:
        Refused: it cannot, and why.
    """
    if mention.noun in OF_PROTOS:
        raise Refused(
            f"{mention.name} is part of a contract: whoever runs already asks for it by this name. Add the new one to the .proto beside it, move the callers, then remove the old one."
        )
    if mention.noun in HOLDING:
        raise Refused(
            f"{mention.name} is a {HOLDING[mention.noun]}: its data stays under the old name, and the new one would begin empty. Add the new one beside it, move the data, then remove the old one."
        )
    if project.broken:
        raise Refused(
            f"{', '.join(sorted(project.broken))} cannot be read as a whole: mend that first, so that no use is left out"
        )
    if not project.definitions(mention):
        raise Refused(f"nothing is called {mention.name}, so there is nothing to rename")
    if mention.noun == "services":
        for topic in unnamed_groups(project, mention.name):
            raise Refused(
                f"{mention.name} consumes {topic} in a group that has the service's name: a new group would read all records again. Write group: {mention.name} there first, then rename."
            )


def unnamed_groups(project: Project, service: str) -> Iterator[str]:
    """The topics that a service consumes in a group called after itself."""
    part = value(project.data, ("services", service))
    for topic, written in table(part, "consumes").items():
        if not value(written, ("group",)):
            yield topic


def rename(project: Project, texts: Mapping[str, Text], mention: Mention, new: str) -> list[Edit]:
    """The edits that make `mention` be called `new`, `moved` included where objects are to be kept.

    Raises:
        Refused: it cannot be renamed, or not so.
    """
    able(project, mention)
    if new == mention.name:
        return []
    fitting(project, mention.noun, new)
    edits = [Edit(at, new) for at in project.references(mention, declaration=True)]
    for edit in edits:
        plain(texts[edit.at.file], edit.at, mention.name)
    if mention.noun in MOVABLE:
        written = f"{{from: {mention.noun}.{mention.name}, to: {mention.noun}.{new}}}"
        edits.append(told(project, written))
    return edits


def told(project: Project, move: str) -> Edit:
    """The edit that adds a rename to `moved`.

    Raises:
        Refused: it is not certain how it would be typed there.
    """
    edit = authoring.item(project.documents[project.file], "moved", move)
    if edit is None:
        raise Refused(f"`moved` is written in a way that nothing can be added to: add {move} there by hand")
    return edit


def plain(text: Text, at: Place, name: str) -> None:
    """Nothing where a place holds a name as it reads.

    Raises:
        Refused: it is written with escapes, or over several lines.
    """
    begin, end = text.letters(at)
    if text.text[begin:end] != name:
        raise Refused(f"{at} does not spell {name} letter by letter: write it so first, then rename")


def fitting(project: Project, noun: str, new: str) -> None:
    """Nothing where a name is free, and fits.

    Raises:
        Refused: it is taken, or no name for this.
    """
    one = noun.removesuffix("s")
    for pattern in schema.names(schema.whole(overlay=False), noun):
        if not re.fullmatch(pattern, new):
            raise Refused(f"{new} is no name for a {one}: {NAMES.get(pattern, pattern)}")
    if new in project.names(noun):
        raise Refused(f"there is a {one} called {new} already")
    moved = value(project.data, ("moved",))
    former = [value(each, ("from",)) for each in moved] if isinstance(moved, list) else []  # pyright: ignore[reportUnknownVariableType]
    if f"{noun}.{new}" in former:
        raise Refused(
            f"moved says that {noun}.{new} was renamed: remove that line first, where the change was never brought up"
        )
