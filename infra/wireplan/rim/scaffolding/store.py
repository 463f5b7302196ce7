"""Where a workspace keeps its inventories: `.wireplan/members/<name>.json`, `.wireplan/root.json` for the root."""

from pathlib import Path

from wireplan.rim import files
from wireplan.rim.trouble import Trouble
from wireplan.skeletons import inventory
from wireplan.skeletons.inventory import Inventory, InventoryError

FOLDER = ".wireplan"


def read(workspace: Path, member: str) -> Inventory:
    """The inventory of a member; an empty one where there is none.

    Raises:
        Trouble: the file is damaged or too new.
    """
    path = _path(workspace, member)
    if not path.exists():
        return Inventory()
    try:
        return inventory.read(path.read_text(encoding="utf-8"))
    except (InventoryError, UnicodeDecodeError) as error:
        raise Trouble(
            f"{path} cannot be read",
            why=str(error),
            fix="take it back from version control; without it no edit of yours can be told from an old template",
        ) from error


def write(workspace: Path, member: str, content: Inventory) -> None:
    """Keep the inventory of a member; an empty one leaves no file. The first one can be made again, so nothing waits for the disk."""
    path = _path(workspace, member)
    if content:
        files.write(path, inventory.text(content), sync=path.exists())
    else:
        path.unlink(missing_ok=True)


def members(workspace: Path) -> list[str]:
    """The members that have an inventory, the root as ""."""
    found = sorted(path.stem for path in (workspace / FOLDER / "members").glob("*.json"))
    return [*([""] if (workspace / FOLDER / "root.json").exists() else []), *found]


def _path(workspace: Path, member: str) -> Path:
    return workspace / FOLDER / "members" / f"{member}.json" if member else workspace / FOLDER / "root.json"
