"""Systems of N services, the same for every tool and every run: layers that call the next one, a topic per two services."""

import sys
from pathlib import Path

PACKAGE = "bench.jobs.v1"
MESSAGES = """
// LookRequest asks.
message LookRequest { string id = 1; }
// LookResponse answers.
message LookResponse { string text = 1; }
// DoRequest asks.
message DoRequest { string request_id = 1; string text = 2; }
// DoResponse answers.
message DoResponse { string id = 1; }
// Happened is what topics carry.
message Happened { string id = 1; }
"""
SERVICE = """
// {name} is a contract.
service {name} {{
  // Look reads.
  rpc Look(LookRequest) returns (LookResponse) {{ option idempotency_level = NO_SIDE_EFFECTS; }}
  // Do writes.
  rpc Do(DoRequest) returns (DoResponse) {{ option idempotency_level = IDEMPOTENT; }}
}}
"""
LAYERS = 6
CALLS = (4, 4, 4, 3, 3, 0)  # by layer: 3 calls a service on average
ATTEMPTS = (1, 1, 1, 2, 2)  # next to what fails, so that they do not multiply
DEADLINES = ("5s", "3s", "2s", "1s", "500ms")  # shrinking, so that no caller's budget is exceeded


def topology(services: int, name: str = "bench") -> str:
    """The topology file of a system with that many services."""
    names = [f"s{number:05}" for number in range(services)]
    lines = ["wireplan: 1", f"system: {name}", "contracts: {protos: protos}", "services:"]
    for index in range(services):
        lines += _service(names, index)
    lines.append("topics:")
    for index in range(0, services, 2):
        lines.append(f"  {_topic(index)}: {{pattern: point-to-point, message: {PACKAGE}.Happened, key: id}}")
    lines.append("kafka: {brokers: 3}")
    return "\n".join(lines) + "\n"


def objects(services: int) -> int:
    """How many Kubernetes objects such a system has: 7 a service, and a topic for every second one."""
    return services * 7 + (services + 1) // 2


def _service(names: list[str], index: int) -> list[str]:
    lines = [
        f"  {names[index]}:",
        f"    serves: {PACKAGE}.{_contract(index)}",
        "    replicas: 2..6",
        "    resources: {cpu: 100m, memory: 128Mi}",
    ]
    called = callees(names, index)
    if called:
        lines.append("    calls:")
        deadline, attempts = DEADLINES[index % LAYERS], ATTEMPTS[index % LAYERS]
        lines += [
            f"      {callee}: {{deadline: {deadline}, retry: {{attempts: {attempts}}}}}" for callee in called
        ]
    if index % 2 == 0:
        lines.append(f"    publishes: [{_topic(index)}]")
    else:
        topic = _topic(index - 1)
        lines += ["    consumes:", f"      {topic}: {{group: {names[index]}, handler: {{timeout: 10s}}}}"]
    return lines


def callees(names: list[str], index: int) -> list[str]:
    """Services of the next layer, near by, so that the graph has no cycle and no chain longer than the layers."""
    found = [index + 1 + LAYERS * step for step in range(CALLS[index % LAYERS])]
    return [names[callee] for callee in found if callee < len(names)]


def _topic(index: int) -> str:
    return f"t{index:05}.happened"


def protos(services: int) -> str:
    """The contracts of such a system: one a service, in one file."""
    head = f'syntax = "proto3";\npackage {PACKAGE};\n{MESSAGES}'
    return head + "".join(SERVICE.format(name=_contract(index)) for index in range(services))


def _contract(index: int) -> str:
    return f"S{index:05}Service"


def write(folder: Path, services: int) -> Path:
    """The topology file, an overlay and the contracts of a system, in a folder of its own."""
    path = folder / f"n{services}" / "topology.yaml"
    proto = path.parent / "protos/bench/jobs/v1/jobs.proto"
    proto.parent.mkdir(parents=True, exist_ok=True)
    proto.write_text(protos(services))
    path.write_text(topology(services))
    path.with_name("local.yaml").write_text("environment: {contexts: [bench]}\n")
    return path


if __name__ == "__main__":
    sys.stdout.write(topology(int(sys.argv[1])))
