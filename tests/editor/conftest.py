"""A small system with an overlay and protos as an editor has it open, and marks of positions in texts."""

from collections.abc import Mapping

from wireplan.editor.positions import Text
from wireplan.editor.project import Project
from wireplan.findings import Edit, Place
from wireplan.load.parse import parse
from wireplan.load.pieces import Pieces
from wireplan.load.read import load
from wireplan.topology.contracts import Schema
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Contract, Idempotency, Method

SHOP = """\
# A shop. Größe: 🛒
system: shop
contracts: {protos: protos}
edges:
  public:
    host: shop.example
    budget: 3s
    routes:
      - {path: /, to: gateway}
      - {path: /pictures/, to: bucket pictures}
services:
  gateway:
    kind: gateway
    calls:
      orders: {deadline: 2s, methods: [Get]}
    rate_limit: {rate: 5/s, burst: 9, store: fast}
    externals: [mail]
  orders:
    serves: shop.v1.Orders
    database: orders
    publishes: [order.placed]
    consumes: {order.paid: {group: billing}}
    buckets: {pictures: read}
  'stock':
    consumes: [order.placed]
topics:
  order.placed: {message: shop.v1.Placed, key: id}
  order.paid: {message: shop.v1.Placed, key: id}
databases:
  main: {instances: 3, databases: [orders], backup: {to: backups}}
caches: {fast: {}}
buckets: {pictures: {}, backups: {uploads_through: public}}
externals: {mail: {url: "smtp://mail.example", kind: smtp, protocol: smtp}}
sagas:
  buy: {owner: orders, steps: [{pay: {call: orders.Get, undo: orders.Cancel}}, {tell: {send: order.placed}}]}
waivers:
  - {allow: PG005, on: databases.main.instances, until: 2999-01-01, reason: tried}
  - {allow: KAF001, on: topics.order.placed, until: 2999-01-01, reason: tried}
allow_data_loss: [topic order.paid, database main]
"""
LOCAL = "environment: {profile: dev}\nservices:\n  orders: {replicas: 1}\ncaches: {fast: {memory: 64Mi}}\n"
PROTO = """\
syntax = "proto3";
package shop.v1; // service Not { rpc Here }
/* message Neither { } */
service Orders {
  rpc Get(GetRequest) returns (GetResponse) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Cancel(GetRequest) returns (GetResponse);
}
message GetRequest { string id = 1; }
message GetResponse {
  oneof what { string ok = 1; string no = 2; }
  message Inner { repeated string names = 1; }
}
message Placed { string id = 1; }
"""
TOPOLOGY, OVERLAY, PROTOS = "/shop/topology.yaml", "/shop/local.yaml", "/shop/protos/shop.proto"

SCHEMA = Schema(
    {"shop.v1.Orders": Contract("shop.v1.Orders", {n: Method(n, Idempotency.IDEMPOTENT, "a", "b") for n in ("Get", "Cancel")})},
    {"shop.v1.Placed": ("id",)},
)  # fmt: skip


def project(text: str = SHOP, overlay: str = LOCAL, *, resolved: bool = True) -> Project:
    """The system on the desk of an editor; `resolved`: with its values in both environments."""
    texts = {TOPOLOGY: text, OVERLAY: overlay}
    documents = {}
    broken = set[str]()
    for file, content in texts.items():
        documents[file] = parse(content, file)[0]
        if documents[file].root is None:
            broken.add(file)
            documents[file] = Pieces().readable(content, file)
    topologies = {}
    for name, over in (("default", None), ("local", OVERLAY)) if resolved and not broken else ():
        loaded = load(lambda file: texts[file].encode(), TOPOLOGY, over)
        assert loaded.system is not None, loaded.findings
        topologies[name] = resolve(loaded.system, SCHEMA, name=name, positions=loaded.document, file=TOPOLOGY)
    return Project(TOPOLOGY, documents, {PROTOS: PROTO}, topologies, frozenset(broken))


def at(text: str, marked: str) -> tuple[int, int]:
    """Line and column of the `|` in a stretch of a text that stands there once."""
    plain = marked.replace("|", "")
    assert text.count(plain) == 1, plain
    begin = text.index(plain) + marked.index("|")
    return text.count("\n", 0, begin) + 1, begin - (text.rfind("\n", 0, begin) + 1) + 1


def words(places: list[Place], texts: Mapping[str, str]) -> list[str]:
    """Each place as `file:line text`."""
    found = []
    for place in places:
        begin, end = Text(texts[place.file]).letters(place)
        found.append(f"{place.file.rpartition('/')[2]}:{place.line} {texts[place.file][begin:end]}")
    return found


TEXTS = {TOPOLOGY: SHOP, OVERLAY: LOCAL, PROTOS: PROTO}


def after(edits: list[Edit], texts: Mapping[str, str]) -> dict[str, str]:
    """The texts with some edits in them; those that only add are put in last."""
    found: dict[str, str] = {}
    for file, text in texts.items():
        mine = [edit for edit in edits if edit.at.file == file]
        letters = Text(text)
        found[file] = text
        for edit in sorted(mine, key=lambda edit: letters.letters(edit.at), reverse=True):
            begin, end = letters.letters(edit.at)
            found[file] = found[file][:begin] + edit.text + found[file][end:]
    return found
