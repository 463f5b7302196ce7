"""The first files of a new system: two services, a topic, a database, and the stack that brings them up."""

import json
from collections.abc import Mapping
from string import Template

from wireplan.model import schema

TOPOLOGY = """\
# yaml-language-server: $$schema=topology.schema.json
# Orders come in over REST, are kept in a database, and are told to the stock by Kafka.
wireplan: 1
system: $name
contracts: {protos: protos, package: $name-contracts}

edges:
  public:
    kind: load-balancer
    host: $name.example
    routes:
      - {path: /, to: orders}

services:
  orders:
    kind: gateway
    calls:
      stock: {deadline: 1s}
    database: orders
    publishes: [order.placed] # a database and a publication: an outbox, so that no order is kept and not told
  stock:
    serves: $package.stock.v1.StockService
    database: stock
    consumes:
      order.placed: {group: stock} # a database and a group: an inbox, so that no order counts twice

topics:
  order.placed: {pattern: point-to-point, message: $package.events.v1.OrderPlaced, key: order_id}

databases:
  main: {databases: [orders, stock]}
"""

LOCAL = """\
# The embedded cluster on this machine: `wireplan up` makes it.
environment: {name: local, profile: dev, cluster: embedded, contexts: [wireplan-local]}
edges:
  public: {host: $name.localhost, port: 8443}
"""

PROD = """\
# A cluster that is there already. Commands touch no other kube context than these.
environment: {name: prod, profile: prod, cluster: existing, contexts: [$name-prod]}
# A row that is deleted is deleted in every copy within a second. Only a backup leads back.
databases:
  main: {backup: {to: backups, every: 1d}}
buckets: [backups]
"""

EVENTS = """\
syntax = "proto3";

package $package.events.v1;

// OrderPlaced says that an order is kept and can be reckoned with. Key: order_id.
message OrderPlaced {
  string order_id = 1;
  string item_id = 2;
  int32 quantity = 3;
}
"""

STOCK = """\
syntax = "proto3";

package $package.stock.v1;

// StockService knows how much there is of what.
service StockService {
  // GetItem returns one item.
  rpc GetItem(GetItemRequest) returns (GetItemResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
}

// GetItemRequest names the item.
message GetItemRequest {
  string item_id = 1;
}

// GetItemResponse says how much there is of it.
message GetItemResponse {
  string item_id = 1;
  int32 quantity = 2;
}
"""

BUF = """\
version: v2
modules:
  - path: .
lint:
  use: [STANDARD, COMMENTS]
  except: [COMMENT_FIELD]
"""

PULUMI = """\
name: $name
description: The system $name, from topology.yaml
# The first python on PATH; `eval "$$(wireplan tools env)"` puts the one with wireplan there.
runtime: python
# State lies beside this file. A team sets PULUMI_BACKEND_URL, or names its own here.
backend:
  url: file://state
"""

PROGRAM = '''\
"""The stack's program: topology.yaml and the overlay that the stack is named after."""

from wireplan.rim.program import run

run(__file__)
'''

STACK = """\
# Settings of the stack $stack. What it consists of stands in topology.yaml and $stack.yaml.
config: {}
"""

README = """\
# $name

    wireplan validate    every fault of topology.yaml, with place, reason and fix
    wireplan show orders every value of a part, and where it comes from
    wireplan scaffold    the services' code in services/, of which handlers are yours
    wireplan up          all of it, running
"""

IGNORED = """\
/state/
/services/.venv/
__pycache__/
"""


def files(name: str) -> Mapping[str, str]:
    """Every file of the system `name`, by its path in the system's folder."""
    package = name.replace("-", "_")
    texts = {
        "topology.yaml": TOPOLOGY,
        "local.yaml": LOCAL,
        "prod.yaml": PROD,
        f"protos/{package}/events/v1/events.proto": EVENTS,
        f"protos/{package}/stock/v1/stock.proto": STOCK,
        "protos/buf.yaml": BUF,
        "Pulumi.yaml": PULUMI,
        "__main__.py": PROGRAM,
        "README.md": README,
        ".gitignore": IGNORED,
    }
    made = {path: Template(text).substitute(name=name, package=package) for path, text in texts.items()}
    for stack in ("local", "prod"):
        made[f"Pulumi.{stack}.yaml"] = Template(STACK).substitute(stack=stack)
    made["topology.schema.json"] = json.dumps(schema.topology(), indent=2) + "\n"
    return made
