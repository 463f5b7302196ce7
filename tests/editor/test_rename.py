"""A new name for a part: everywhere, with `moved` where its objects are to be kept, and refused where data or a contract has the old one."""

import pytest
from wireplan.editor.positions import Text
from wireplan.editor.rename import Refused, rename
from wireplan.load.read import load

from tests.editor.conftest import LOCAL, OVERLAY, SHOP, TEXTS, TOPOLOGY, after, at, project


def renamed(marked: str, new: str, text: str = SHOP) -> dict[str, str]:
    """The files after a rename."""
    shop = project(text, resolved=False)
    mention = shop.mention(TOPOLOGY, *at(text, marked))
    assert mention is not None
    texts = TEXTS | {TOPOLOGY: text}
    edits = rename(shop, {file: Text(content) for file, content in texts.items()}, mention, new)
    return after(edits, texts)


def test_a_service_is_renamed_in_topology_and_overlays_and_keeps_its_objects() -> None:
    files = renamed("owner: order|s", "sales")
    for old, new in (
        ("      orders: {deadline", "      sales: {deadline"),
        ("  orders:\n    serves", "  sales:\n    serves"),
        ("owner: orders", "owner: sales"),
        ("call: orders.Get, undo: orders.Cancel", "call: sales.Get, undo: sales.Cancel"),
    ):
        assert old not in files[TOPOLOGY]
        assert new in files[TOPOLOGY]
    assert "database: orders" in files[TOPOLOGY]
    assert files[OVERLAY] == LOCAL.replace("orders", "sales")
    assert files[TOPOLOGY].endswith("moved:\n  - {from: services.orders, to: services.sales}\n")


@pytest.mark.parametrize(
    ("on", "marked", "new", "becomes"),
    [
        ("services.gateway.calls.orders.deadline", "owner: order|s", "sales", "services.gateway.calls.sales.deadline"),
        ("services.gateway.calls.orders.deadline", "to: gate|way}", "front", "services.front.calls.orders.deadline"),
        ("services.gateway.externals.mail", "externals: [ma|il]", "post", "services.gateway.externals.post"),
    ],
)  # fmt: skip
def test_the_place_of_a_waiver_follows_whatever_it_goes_through(
    on: str, marked: str, new: str, becomes: str
) -> None:
    text = SHOP.replace("on: databases.main.instances", f"on: {on}")
    assert f"{{allow: PG005, on: {becomes}, until" in renamed(marked, new, text)[TOPOLOGY]


def test_what_a_drill_breaks_and_holds_follows() -> None:
    drill = """drills:
  away: {breaks: [{part: services.orders, how: kill}], holds: [services.gateway.calls.orders, topics.order.placed], control: {change: services.orders.replicas, to: "1"}}
waivers:"""
    found = renamed("owner: order|s", "sales", SHOP.replace("waivers:", drill))[TOPOLOGY]
    assert "{part: services.sales, how: kill}" in found
    assert "holds: [services.gateway.calls.sales, topics.order.placed]" in found
    assert "{change: services.sales.replicas," in found


def test_what_was_renamed_reads_without_a_new_fault() -> None:
    files = renamed("store: fa|st", "quick")
    found = load(lambda file: files[file].encode(), TOPOLOGY, OVERLAY)
    assert [finding.code for finding in found.findings] == []
    assert found.system is not None
    assert list(found.system.caches) == ["quick"]


def test_an_external_has_no_objects_to_keep() -> None:
    files = renamed("externals: [ma|il]", "post")
    assert "externals: [post]" in files[TOPOLOGY]
    assert "externals: {post: {url" in files[TOPOLOGY]
    assert "moved" not in files[TOPOLOGY]


def test_quotes_are_kept() -> None:
    text = SHOP.replace("consumes: [order.placed]", "consumes: {order.placed: {group: shelves}}")
    assert "  'shelf':\n" in renamed("  'sto|ck':", "shelf", text)[TOPOLOGY]


@pytest.mark.parametrize(
    ("list_", "becomes"),
    [
        ("moved:\n  - {from: edges.a, to: edges.public}\n", "moved:\n  - {from: edges.a, to: edges.public}\n  - {from: caches.fast, to: caches.quick}\n"),
        ("moved: [{from: edges.a, to: edges.public}]\n", "moved: [{from: edges.a, to: edges.public}, {from: caches.fast, to: caches.quick}]\n"),
        ("moved: []\n", "moved: [{from: caches.fast, to: caches.quick}]\n"),
        ("moved:\n  - from: |-\n      edges.a\n    to: |-\n      edges.public\n", "moved:\n  - {from: caches.fast, to: caches.quick}\n  - from: |-\n      edges.a\n    to: |-\n      edges.public\n"),
        ("moved:\n", "moved: [{from: caches.fast, to: caches.quick}]\n"),
    ],
)  # fmt: skip
def test_a_list_of_moves_keeps_its_layout(list_: str, becomes: str) -> None:
    assert renamed("store: fa|st", "quick", SHOP + list_)[TOPOLOGY].endswith(becomes)


def test_a_second_rename_goes_on_from_the_first() -> None:
    files = renamed("store: fa|st", "quick", SHOP + "moved:\n  - {from: caches.old, to: caches.fast}\n")
    ends = "moved:\n  - {from: caches.old, to: caches.quick}\n  - {from: caches.fast, to: caches.quick}\n"
    assert files[TOPOLOGY].endswith(ends)


@pytest.mark.parametrize(
    ("marked", "new", "why"),
    [
        ("publishes: [order.pla|ced]", "order.made", "its data stays under the old name"),
        ("database: ord|ers", "sales", "its data stays under the old name"),
        ("  ma|in: {instances", "central", "its data stays under the old name"),
        ("bucket pict|ures", "images", "its data stays under the old name"),
        ("methods: [G|et]", "Fetch", "part of a contract"),
        ("serves: shop.v1.Or|ders", "shop.v1.Sales", "part of a contract"),
        ("owner: order|s", "stock", "there is a service called stock already"),
        ("owner: order|s", "Sales", "Sales is no name for a service"),
        ("  'sto|ck':", "shelf", "Write group: stock there first"),
    ],
)
def test_a_rename_that_leaves_something_behind_is_refused(marked: str, new: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        renamed(marked, new)


def test_a_rename_back_to_a_name_that_was_moved_from_is_refused() -> None:
    with pytest.raises(Refused, match="remove that line first"):
        renamed("store: fa|st", "old", SHOP + "moved:\n  - {from: caches.old, to: caches.fast}\n")


@pytest.mark.parametrize("written", ['"order\\x73.Get"', '"orders\\x2eGet"'])
def test_a_rename_writes_over_nothing_that_is_spelled_otherwise(written: str) -> None:
    with pytest.raises(Refused, match="35:45 does not spell orders letter by letter"):
        renamed("owner: order|s", "sales", SHOP.replace("call: orders.Get", f"call: {written}"))


def test_a_rename_waits_until_every_file_can_be_read() -> None:
    shop = project(overlay="services: {orders: [\n", resolved=False)
    mention = shop.mention(TOPOLOGY, *at(SHOP, "store: fa|st"))
    assert mention is not None
    with pytest.raises(Refused, match="cannot be read as a whole"):
        rename(shop, {file: Text(text) for file, text in TEXTS.items()}, mention, "quick")
