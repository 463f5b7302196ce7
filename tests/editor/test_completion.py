"""What may be written at the cursor (`|`), in files that are whole and in files that are not."""

import pytest
from wireplan.editor.completion import complete

from tests.editor.conftest import OVERLAY, SHOP, TOPOLOGY, project


def offered(text: str, file: str = TOPOLOGY) -> list[str]:
    """The labels at the cursor."""
    plain = text.replace("|", "")
    shop = project(plain if file == TOPOLOGY else SHOP, resolved=False)
    return [c.label for c in complete(shop, file, plain, text.index("|")).choices]


def edited(old: str, new: str) -> str:
    """The shop with another text in one place."""
    assert SHOP.count(old) == 1, old
    return SHOP.replace(old, new)


def test_keys_of_a_service_that_are_not_there_yet() -> None:
    found = offered(edited("    database: orders\n", "    |\n    database: orders\n"))
    assert {"tier", "replicas", "reads_from_replicas"} <= set(found)
    assert not {"serves", "database", "publishes"} & set(found)


def test_keys_where_the_word_is_half_written() -> None:
    assert "identity" in offered(edited("    database: orders\n", "    database: orders\n    id|\n"))
    assert "retry" in offered(edited("{deadline: 2s, methods: [Get]}", "{deadline: 2s, re|}"))
    assert "retry" in offered(edited("{deadline: 2s, methods: [Get]}", "{deadline: 2s, re|"))


def test_keys_of_the_top_level_and_of_items_of_a_list() -> None:
    assert {"moved", "kafka"} <= set(offered(SHOP + "|"))
    assert {"path", "to", "protocol"} <= set(offered(edited("    routes:\n", "    routes:\n      - |\n")))


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("      orders: {deadline: 2s, methods: [Get]}\n", "      |\n", ["orders", "stock"]),
        ("      orders: {deadline: 2s, methods: [Get]}\n", "      ord|: {deadline: 2s}\n", ["orders", "stock"]),
        ("consumes: [order.placed]", "consumes: [|]", ["order.placed", "order.paid"]),
        ("consumes: [order.placed]", "consumes: [order.placed, |", ["order.placed", "order.paid"]),
        ("consumes: {order.paid: {group: billing}}", "consumes: {order.paid: {group: billing}, |}", ["order.placed"]),
        ("methods: [Get]", "methods: [|]", ["Get", "Cancel"]),
        ("store: fast", "store: |", ["fast"]),
        ("database: orders", "database: |", ["orders"]),
        ("externals: [mail]", "externals: [|]", ["mail"]),
        ("serves: shop.v1.Orders", "serves: |", ["shop.v1.Orders"]),
        ("call: orders.Get", "call: |", ["orders.Get", "orders.Cancel"]),
        ("undo: orders.Cancel", "undo: |", ["orders.Get", "orders.Cancel", "topic order.placed", "topic order.paid"]),
        ("to: gateway", "to: |", ["gateway", "orders", "stock", "bucket pictures", "bucket backups"]),
        ("backup: {to: backups}", "backup: {to: |}", ["pictures", "backups"]),
        ("[topic order.paid, database main]", "[|]", ["topic order.placed", "topic order.paid", "database main", "database orders"]),
        ("placed: {message: shop.v1.Placed, key: id}", "placed: {message: shop.v1.Placed, key: |}", ["id"]),
        ("kind: gateway", "kind: |", ["gateway", "grpc", "http", "worker"]),
        ("buckets: {pictures: read}", "buckets: {pictures: |}", ["read", "write", "read-write"]),
        ("kind: gateway", "graphql: |", ["true", "false"]),
    ],
)  # fmt: skip
def test_names_and_words_of_a_value(old: str, new: str, names: list[str]) -> None:
    assert offered(edited(old, new)) == names


def test_a_fault_elsewhere_does_not_matter() -> None:
    broken = edited("database: orders", "database: |").replace("caches: {fast", "caches: {{fast")
    assert offered(broken) == ["orders"]


def test_nothing_in_a_comment() -> None:
    assert offered(edited("# A shop.", "# A sh|op.")) == []


def test_an_overlay_is_offered_what_the_topology_has() -> None:
    assert {"gateway", "stock"} <= set(offered("services:\n  orders: {replicas: 1}\n  |\n", OVERLAY))


def test_a_key_that_has_its_colon_already_gets_none() -> None:
    text = edited("    database: orders\n", "    data|: orders\n").replace("|", "", 1)
    shop = project(text, resolved=False)
    offset = text.index("    data: orders") + 8
    offer = complete(shop, TOPOLOGY, text, offset)
    assert text[offer.begin : offer.end] == "data"
    assert {c.label: c.text for c in offer.choices}["database"] == "database"


def test_rules_that_can_be_waived_are_offered_by_name() -> None:
    found = offered(edited("allow: PG005, on", "allow: |, on"))
    assert "deadline-shorter-than-the-work-below" in found
    assert "waiver-without-finding" not in found
