"""What rules ask the contracts: the cases beside them have none."""

from pathlib import Path

import pytest
from wireplan.findings import Severity
from wireplan.rim.sources import sources
from wireplan.rules.check import check

PROTO = """\
syntax = "proto3";
package shop.stock.v1;
message Request {}
message Response {}
service StockService {
  rpc GetItem(Request) returns (Response) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Reserve(Request) returns (Response) { option idempotency_level = IDEMPOTENT; }
  rpc Release(Request) returns (Response) { option idempotency_level = IDEMPOTENT; }
  rpc Count(Request) returns (Response);
}
"""
SHOP = """\
system: shop
contracts: {protos: protos}
services:
  orders: {database: orders, calls: [stock]}
  stock: {serves: shop.stock.v1.StockService, database: stock, reads_from_replicas: [READS]}
sagas:
  place:
    owner: orders
    steps:
      - first: {FIRST}
      - second: {call: stock.Reserve, pivot: true}
databases: {main: {databases: [orders, stock]}}
"""


@pytest.mark.parametrize(
    ("first", "reads", "expected"),
    [
        ("call: stock.Reserve, undo: stock.Release", "GetItem", []),
        ("call: stock.GetItem", "", []),
        ("call: stock.Reserve", "", [("SAG001", Severity.ERROR)]),
        ("call: stock.Reserve, undo: stock.Count", "", [("SAG001", Severity.ERROR)]),
        ("call: stock.GetItem", "Release", [("PG005", Severity.ERROR)]),
        ("call: stock.GetItem", "Count", [("PG005", Severity.WARNING)]),
        ("call: stock.GetItem", "GetItem", [("PG005", Severity.ERROR)]),
    ],
)
def test_a_rule_knows_what_the_contracts_say(
    first: str, reads: str, expected: list[tuple[str, Severity]], tmp_path: Path
) -> None:
    """Only what writes nothing needs no undo and may look at a replica; and what a saga asks decides a write."""
    proto = tmp_path / "protos" / "shop" / "stock" / "v1" / "stock.proto"
    proto.parent.mkdir(parents=True)
    proto.write_text(PROTO)
    file = tmp_path / "topology.yaml"
    file.write_text(SHOP.replace("FIRST", first).replace("READS", reads))
    found = sources(file)
    assert found.findings == ()
    assert found.topology is not None
    assert [(each.code, each.severity) for each in check(found.topology)] == expected
