"""Which name stands at a place, where it is defined, where it is used: over topology, overlays and protos."""

import pytest
from wireplan.editor import protos, roles
from wireplan.load.parse import parse

from tests.editor.conftest import OVERLAY, PROTO, PROTOS, SHOP, TEXTS, TOPOLOGY, at, project, words


@pytest.mark.parametrize(
    ("marked", "uses"),
    [
        ("order|s: {deadline", ["topology.yaml:15 orders", "topology.yaml:18 orders", "topology.yaml:35 orders", "topology.yaml:35 orders", "topology.yaml:35 orders", "local.yaml:3 orders"]),
        ("to: gate|way}", ["topology.yaml:9 gateway", "topology.yaml:12 gateway"]),
        ("  'sto|ck':", ["topology.yaml:24 stock"]),
        ("publishes: [order.pla|ced]", ["topology.yaml:21 order.placed", "topology.yaml:25 order.placed", "topology.yaml:27 order.placed", "topology.yaml:35 order.placed", "topology.yaml:38 order.placed"]),
        ("  order.pa|id: {message", ["topology.yaml:22 order.paid", "topology.yaml:28 order.paid", "topology.yaml:39 order.paid"]),
        ("database: ord|ers", ["topology.yaml:20 orders", "topology.yaml:30 orders"]),
        ("  ma|in: {instances", ["topology.yaml:30 main", "topology.yaml:37 main", "topology.yaml:39 main"]),
        ("store: fa|st", ["topology.yaml:16 fast", "topology.yaml:31 fast", "local.yaml:4 fast"]),
        ("bucket pict|ures", ["topology.yaml:10 pictures", "topology.yaml:23 pictures", "topology.yaml:32 pictures"]),
        ("{to: back|ups}", ["topology.yaml:30 backups", "topology.yaml:32 backups"]),
        ("uploads_through: publ|ic", ["topology.yaml:5 public", "topology.yaml:32 public"]),
        ("externals: [ma|il]", ["topology.yaml:17 mail", "topology.yaml:33 mail"]),
        ("methods: [G|et]", ["topology.yaml:15 Get", "topology.yaml:35 Get", "shop.proto:5 Get"]),
        ("undo: orders.Can|cel", ["topology.yaml:35 Cancel", "shop.proto:6 Cancel"]),
        ("serves: shop.v1.Or|ders", ["topology.yaml:19 shop.v1.Orders", "shop.proto:4 Orders"]),
    ],
)  # fmt: skip
def test_every_use_of_a_name_is_found(marked: str, uses: list[str]) -> None:
    shop = project()
    mention = shop.mention(TOPOLOGY, *at(SHOP, marked))
    assert mention is not None
    assert words(shop.references(mention, declaration=True), TEXTS) == uses


@pytest.mark.parametrize(
    ("marked", "place"),
    [
        ("order|s: {deadline", "topology.yaml:18 orders"),
        ("owner: order|s", "topology.yaml:18 orders"),
        ("call: ord|ers.Get", "topology.yaml:18 orders"),
        ("call: orders.G|et", "shop.proto:5 Get"),
        ("message: shop.v1.Pl|aced, key: id}\n  order.paid", "shop.proto:13 Placed"),
        ("key: i|d}\n  order.paid", "shop.proto:13 id"),
        ("database: o|rders", "topology.yaml:30 orders"),
        ("on: databases.m|ain.instances", "topology.yaml:30 main"),
        ("on: topics.order.pla|ced", "topology.yaml:27 order.placed"),
        ("topic order.pa|id", "topology.yaml:28 order.paid"),
        ("database ma|in]", "topology.yaml:30 main"),
    ],
)
def test_a_name_leads_to_its_definition(marked: str, place: str) -> None:
    shop = project()
    mention = shop.mention(TOPOLOGY, *at(SHOP, marked))
    assert mention is not None
    assert words(shop.definitions(mention), TEXTS) == [place]


def test_an_overlay_leads_to_the_topology_and_a_part_of_its_own_to_itself() -> None:
    shop = project(
        overlay="services: {orders: {calls: [extra]}, extra: {serves: shop.v1.Orders}}\n", resolved=False
    )
    texts = TEXTS | {OVERLAY: "services: {orders: {calls: [extra]}, extra: {serves: shop.v1.Orders}}\n"}
    of = {column: shop.mention(OVERLAY, 1, column) for column in (13, 30)}
    assert of[13] is not None
    assert of[30] is not None
    assert words(shop.definitions(of[13]), texts) == ["topology.yaml:18 orders"]
    assert words(shop.definitions(of[30]), texts) == ["local.yaml:1 extra"]


def test_a_method_in_its_proto_leads_to_those_who_call_it() -> None:
    shop = project()
    mention = shop.mention(PROTOS, *at(PROTO, "rpc G|et("))
    assert mention is not None
    assert words(shop.references(mention, declaration=False), TEXTS) == [
        "topology.yaml:15 Get",
        "topology.yaml:35 Get",
    ]


def test_what_is_no_name_is_none() -> None:
    shop = project()
    for marked in ("host: shop.ex|ample", "bud|get: 3s", "kind: gate|way", "group: bill|ing"):
        assert shop.mention(TOPOLOGY, *at(SHOP, marked)) is None


def test_protos_declare_what_is_neither_comment_nor_text() -> None:
    found = [f"{each.noun} {each.name}" for each in protos.declared(PROTO, "p")]
    assert found == [
        "contract shop.v1.Orders", "method shop.v1.Orders.Get", "method shop.v1.Orders.Cancel",
        "message shop.v1.GetRequest", "field shop.v1.GetRequest.id", "message shop.v1.GetResponse",
        "field shop.v1.GetResponse.ok", "field shop.v1.GetResponse.no", "message shop.v1.GetResponse.Inner",
        "field shop.v1.GetResponse.Inner.names", "message shop.v1.Placed", "field shop.v1.Placed.id",
    ]  # fmt: skip


def test_a_broken_file_still_knows_the_names_of_its_whole_entries() -> None:
    text = SHOP.replace("    kind: gateway\n", "    kind: gateway: [\n")
    shop = project(text)
    assert shop.broken == {TOPOLOGY}
    mention = shop.mention(TOPOLOGY, *at(text, "publishes: [order.pla|ced]"))
    assert mention is not None
    assert words(shop.definitions(mention), TEXTS | {TOPOLOGY: text}) == ["topology.yaml:27 order.placed"]


def test_every_name_stands_where_its_text_is_written() -> None:
    for mention in roles.mentions(parse(SHOP, "t")[0]):
        line = SHOP.split("\n")[mention.at.line - 1]
        assert line[mention.at.column - 1 : mention.at.end_column - 1] == mention.name


def test_the_topic_of_an_undo_is_a_use_of_it() -> None:
    text = SHOP.replace("undo: orders.Cancel", "undo: topic order.paid")
    shop = project(text, resolved=False)
    mention = shop.mention(TOPOLOGY, *at(text, "undo: topic order.pa|id"))
    assert mention is not None
    assert words(shop.definitions(mention), TEXTS | {TOPOLOGY: text}) == ["topology.yaml:28 order.paid"]
