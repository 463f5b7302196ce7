"""What Wireplan remembers of what it wrote."""

import pytest
from wireplan.skeletons import inventory
from wireplan.skeletons.inventory import Inventory, InventoryError


def test_what_is_written_is_read_again() -> None:
    kept = Inventory({"b.py": 'x = "ü"\n', "a/b.txt": ""}, {"mine.py": inventory.digest("x")})
    assert inventory.read(inventory.text(kept)) == kept
    assert inventory.read(inventory.text(Inventory())) == Inventory()


def test_same_content_gives_same_bytes_one_line_a_file() -> None:
    one, other = Inventory({"a": "1\n2\n", "b": "2"}, {}), Inventory({"b": "2", "a": "1\n2\n"}, {})
    assert inventory.text(one) == inventory.text(other)
    assert '"a": "1\\n2\\n",\n"b": "2"}' in inventory.text(one)


@pytest.mark.parametrize(
    "damaged", ["", "{}", "[]", "null", '{"version": 1, "generated": {}', "<<<<<<< ours"]
)
def test_a_damaged_inventory_is_refused(damaged: str) -> None:
    with pytest.raises(InventoryError, match="no inventory"):
        inventory.read(damaged)


def test_an_inventory_of_a_newer_version_is_refused() -> None:
    with pytest.raises(InventoryError, match="version 2"):
        inventory.read('{"version": 2, "generated": {}, "yours": {}}')
