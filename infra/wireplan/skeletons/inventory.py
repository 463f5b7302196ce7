"""What Wireplan wrote into one member of a workspace: the base of later merges, and the starting points it gave.

One JSON file a member, one line a file: the text of what is generated (a merge needs it), the SHA-256 of what is a person's
(it only tells whether the starting point is still as it was). Same content, same bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from wireplan.records import empty

VERSION = 1


class InventoryError(Exception):
    """The text is not an inventory that this version can read."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Paths are relative to the workspace."""

    generated: Mapping[str, str] = field(default_factory=empty)  # path -> text
    yours: Mapping[str, str] = field(default_factory=empty)  # path -> SHA-256 of the starting point

    def __bool__(self) -> bool:
        return bool(self.generated or self.yours)


def read(text: str) -> Inventory:
    """An inventory from its file.

    Raises:
        InventoryError: the file is damaged, or a newer Wireplan wrote it.
    """
    try:
        data = json.loads(text)
        version, generated, yours = data["version"], data["generated"], data["yours"]
    except (ValueError, KeyError, TypeError) as error:
        raise InventoryError("it is no inventory of Wireplan") from error
    if version != VERSION:
        raise InventoryError(f"it has version {version}, this Wireplan reads version {VERSION}")
    return Inventory(generated, yours)


def text(inventory: Inventory) -> str:
    """The file of an inventory: one line a path, so that a diff shows which files changed."""
    return f'{{"version": {VERSION},\n"generated": {_lines(inventory.generated)},\n"yours": {_lines(inventory.yours)}}}\n'


def digest(content: str) -> str:
    """The SHA-256 of a starting point."""
    return hashlib.sha256(content.encode()).hexdigest()


def _lines(table: Mapping[str, str]) -> str:
    rows = (f"{json.dumps(path)}: {json.dumps(table[path], ensure_ascii=False)}" for path in sorted(table))
    return "{\n" + ",\n".join(rows) + "}" if table else "{}"
