"""tube's services from their start to the moment they are ready, each as a process of its own on loopback.

    python benchmarks/starts.py [RUNS]

Each has the wiring of tube's topology but for addresses: its tables in a real Postgres, Kafka's brokers in memory (gateways/stand_ins.py). What
it tells of itself is asked of its ops port: ready is what the cluster waits for. Memory is resident, when it is ready; CPU is that of the process
until then, all its threads. Modules are compiled before and nothing that only tests need is installed, as in an image: a library that finds rich
imports it, and that alone is 5 MiB.
"""

import http.client
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import processes
from measure import Cost

SECONDS = 60.0
EVERY = 0.005
"""Between two questions whether it is ready."""


def measure(runs: int) -> dict[str, Cost]:
    """The medians by service; one start before each, for the compiled modules.

    Raises:
        MissingError: the services' environment was not made.
        RuntimeError: one of them does not become ready.
    """
    python = processes.python()
    services = {name: processes.wiring(name) for name in _services()}
    with tempfile.TemporaryDirectory(prefix="wireplan-starts-") as text:
        folder = Path(text)
        image = processes.as_in_an_image(folder)
        databases = [name for name, own in services.items() if "database" in own]
        words = [python, processes.GATEWAYS / "stand_ins.py", folder, *databases]
        with processes.telling(words, folder) as found:
            return {name: _median(image, folder, own, found, runs) for name, own in services.items()}


def _services() -> list[str]:
    from wireplan.rim import sources

    return list(sources.topology(processes.ROOT / "stacks/tube/topology.yaml").services)


def _median(python: Path, folder: Path, own: dict[str, Any], found: Mapping[str, Any], runs: int) -> Cost:
    file = folder / f"{own['service']}.json"
    took: list[Cost] = []
    for _ in range(runs + 1):
        file.write_text(json.dumps(_local(own, folder, found)))
        took.append(_start(python, own["service"], file))
    return Cost(
        *(statistics.median(getattr(each, name) for each in took[1:]) for name in ("cpu", "memory", "wall"))
    )


def _local(own: dict[str, Any], folder: Path, found: Mapping[str, Any]) -> dict[str, Any]:
    """The wiring, with what is on this machine."""
    ports = processes.ports(3)
    local = json.loads(json.dumps(own))
    for part, port in zip(("ops", "http", "grpc"), ports, strict=True):
        if part in local:
            local[part]["port"] = port
    if "database" in local:
        there = found["databases"][own["service"]]
        local["database"] |= {
            name: there[name] for name in ("name", "user", "write_host", "read_host", "port", "password_file")
        }
    if "kafka" in local:
        local["kafka"]["bootstrap"] = found["bootstrap"]
    if "tokens" in local:
        local["tokens"]["keys_dir"] = str(folder / "keys")
    for bucket in local.get("buckets", {}).values():
        bucket |= {"access_key_file": str(folder / "secret"), "secret_key_file": str(folder / "secret")}
    for call in local.get("calls", {}).values():
        call["target"] = "dns:///127.0.0.1:1"
    return local


def _start(python: Path, service: str, file: Path) -> Cost:
    """One start.

    Raises:
        RuntimeError: it is not ready in time.
    """
    port = json.loads(file.read_text())["ops"]["port"]
    more = {"WIREPLAN_WIRING": str(file), "GROUP_INSTANCE_ID": f"{service}-0", "POD_NAME": f"{service}-0"}
    began = time.perf_counter()
    with processes.running([python, "-m", f"tube_{service}", "serve"], more) as running:
        while not _ready(port):
            if time.perf_counter() - began > SECONDS or running.poll() is not None:
                raise RuntimeError(f"{service} does not become ready")
            time.sleep(EVERY)
        wall = time.perf_counter() - began
        own = processes.Process(service, port, running.pid)
        return Cost(own.cpu(), own.memory(), wall)


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    for name, each in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 3).items():
        print(f"{name:14} ready in {each.wall:5.2f} s  {each.cpu:5.2f} s CPU  {each.memory:4.0f} MiB")
