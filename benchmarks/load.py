"""tube's gateway beside the same gateway without the platform package, under the same load in turns.

    python benchmarks/load.py [ROUNDS] [REQUESTS]

Processes of the services' own environment run on loopback for as long as this takes: what is behind all gateways, with answers that are always
the same (gateways/behind.py); the bare gateway (gateways/bare.py): FastAPI on Granian, grpc.aio, joserfc, the same routes, models and calls;
and tube's as its image starts it, with the wiring of tube's topology but for addresses and the figures of the rate limit, which nobody could
measure under: requests are counted in a Valkey, as those of any client that is far from its limit: up to 256 in one question. None is refused.
One more has no rate limit, to tell what that costs.

What the bare one has not: limits, deadlines, breakers, retries, health of upstreams, switches, trace context, metrics, a log line a request,
problem+json, probes. What it has: the check of the token, for each request anew, where ours knows again a token whose signature was good; and
FastAPI's own search for the route of a request, through all routers, where ours looks it up once for limits, metrics and FastAPI together
(routes.py of the platform package). Both have the same event loop, asyncio's. Traces are carried on and not recorded, as in tube, which names no
collector.

h2load speaks HTTP/2 to one after the other, as the edge does, with one client's token. CPU is the gateway's own, user and system. Seconds on the
clock depend on how busy the machine is, and on what else of this runs on its cores; both are of the same rounds.
"""

import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import processes
from measure import Cost
from processes import GATEWAYS, MissingError, Process

ROUNDS, REQUESTS, WARM = 4, 800, 400
"""Short rounds, so that all gateways meet the same moments of a busy machine."""
CONNECTIONS, STREAMS = 4, 4
"""An edge holds few connections to a pod, and has several requests on each."""
ANSWER_WITHIN = 60.0
PLENTY = 1_000_000_000
"""Requests a second, and at once."""
COUNTED_WITHIN = 2.0
"""Seconds for the count, so that a machine that is busy does not have the pod count by itself, which is cheaper."""
CLIENT = "x-forwarded-for: 203.0.113.7"
VIDEO = "00000000-0000-0000-0000-000000000007"


@dataclass(frozen=True)
class Way:
    """What is asked: `body` makes it a POST."""

    name: str
    path: str
    body: str | None = None
    logged_in: bool = False


WAYS = (
    Way("read", f"/v1/videos/{VIDEO}"),
    Way("read, logged in", f"/v1/videos/{VIDEO}", logged_in=True),
    Way("upload", "/v1/videos", json.dumps({"title": "A film"}), logged_in=True),
)


@dataclass
class Took:
    """What the rounds took: CPU seconds of the gateway a request, requests a second, and each request's own seconds."""

    cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    each: list[float] = field(default_factory=list)
    memory: float = 0.0

    def cost(self) -> Cost:
        """The medians over the rounds, and the times over all requests."""
        cpu, rate = statistics.median(self.cpu), statistics.median(self.rate)
        return Cost(cpu, self.memory, 1 / rate, self.within(0.5), self.within(0.99))

    def within(self, share: float) -> float:
        """The seconds within which such a share of all requests was answered."""
        return sorted(self.each)[min(len(self.each) - 1, int(len(self.each) * share))]


def measure(rounds: int = ROUNDS, requests: int = REQUESTS) -> dict[str, dict[str, Took]]:
    """What each way takes, by gateway.

    Raises:
        MissingError: there is no h2load, or the services' environment was not made.
        RuntimeError: a gateway did not start, or did not give the answer.
    """
    program = shutil.which("h2load")
    if program is None:
        raise MissingError("h2load (Debian: nghttp2-client) is not on this machine")
    found: dict[str, dict[str, Took]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wireplan-load-")))
        token, gateways = stack.enter_context(_system(folder))
        for way in WAYS:
            words = _words(program, folder, way, token)
            found[way.name] = {gateway.name: Took() for gateway in gateways}
            for gateway in gateways:
                _ask(words, gateway, way, WARM, folder)
            for number in range(rounds):
                for gateway in gateways if number % 2 == 0 else gateways[::-1]:
                    _round(found[way.name][gateway.name], words, gateway, way, requests, folder)
    return found


def _round(took: Took, words: Sequence[str], gateway: Process, way: Way, requests: int, folder: Path) -> None:
    began, cpu = time.perf_counter(), gateway.cpu()
    each = _ask(words, gateway, way, requests, folder)
    took.cpu.append((gateway.cpu() - cpu) / requests)
    took.rate.append(requests / (time.perf_counter() - began))
    took.each += each
    took.memory = max(took.memory, gateway.memory())


def _words(program: str, folder: Path, way: Way, token: str) -> list[str]:
    words = [program, "-c", str(CONNECTIONS), "-m", str(STREAMS), "-t", "1", "-H", CLIENT]
    if way.logged_in:
        words += ["-H", f"authorization: Bearer {token}"]
    if way.body is not None:
        (folder / "body").write_text(way.body)
        words += ["-d", str(folder / "body"), "-H", "content-type: application/json"]
        words += ["-H", "idempotency-key: 0a1b2c3d"]
    return words


def _ask(words: Sequence[str], gateway: Process, way: Way, requests: int, folder: Path) -> list[float]:
    """The seconds of each request."""
    log = folder / "log"
    log.unlink(missing_ok=True)
    url = f"http://127.0.0.1:{gateway.port}{way.path}"
    try:
        subprocess.run(
            [*words, "-n", str(requests), "--log-file", str(log), url],
            check=True,
            capture_output=True,
            timeout=ANSWER_WITHIN,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"{gateway.name}, {way.name}: h2load: {error}") from error
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    wrong = sorted({row[1] for row in rows} - {"200", "201"})
    if wrong or len(rows) != requests:
        raise RuntimeError(f"{gateway.name}, {way.name}: {len(rows)} answers, some of them {wrong}")
    return [int(row[2]) / 1e6 for row in rows]


@contextlib.contextmanager
def _system(folder: Path) -> Iterator[tuple[str, list[Process]]]:
    """All processes, while it lasts; a token, and the gateways."""
    python = processes.python()
    with contextlib.ExitStack() as stack:
        options = json.dumps(processes.wiring("catalog")["grpc"]["server_options"])
        behind = stack.enter_context(processes.telling([python, GATEWAYS / "behind.py", options], folder))
        (place,) = processes.ports(1)
        words = [python, GATEWAYS / "bare.py", str(place), str(behind["port"])]
        bare = Process("bare framework", place, stack.enter_context(processes.running(words)).pid)
        wired = _wiring(behind["port"], stack.enter_context(_valkey(python)))
        free = {name: part for name, part in wired.items() if name != "rate_limit"}
        ours = [
            stack.enter_context(_gateway(python, folder, name, own))
            for name, own in (("with the platform", wired), ("the same, no rate limit", free))
        ]
        for each in (bare, *ours):
            processes.listening(each.port)
        yield behind["token"], [bare, *ours]


def _wiring(behind: int, cache: int) -> dict[str, Any]:
    """That of tube's gateway, with addresses of this machine, and limits that nobody reaches."""
    wired = processes.wiring("gateway")
    wired["caches"]["fast"] = {"host": "127.0.0.1", "port": cache}
    for call in wired["calls"].values():
        call["target"] = f"dns:///127.0.0.1:{behind}"
    limit = wired["rate_limit"]
    limit["timeout"] = COUNTED_WITHIN
    for each in (limit, limit["anonymous"]):
        each |= {"rate": PLENTY, "burst": PLENTY}
    return wired


@contextlib.contextmanager
def _gateway(python: Path, folder: Path, name: str, wired: dict[str, Any]) -> Iterator[Process]:
    http, ops = processes.ports(2)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(wired | {"http": wired["http"] | {"port": http}, "ops": {"port": ops}}))
    words = [python, "-m", "tube_gateway", "serve"]
    with processes.running(words, {"WIREPLAN_WIRING": str(file)}) as running:
        yield Process(name, http, running.pid)


@contextlib.contextmanager
def _valkey(python: Path) -> Iterator[int]:
    """The port of a Valkey that keeps nothing; its program is in the services' environment."""
    ask = "from tube_platform.testing import valkey; print(valkey.program() or '')"
    program = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    if not program:
        raise MissingError("there is no Valkey in the services' environment")
    (port,) = processes.ports(1)
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with processes.running(words):
        processes.listening(port)
        yield port


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    size = int(sys.argv[2]) if len(sys.argv) > 2 else REQUESTS
    for way, by in measure(many, size).items():
        costs = {name: took.cost() for name, took in by.items()}
        bare = costs["bare framework"].cpu
        for name, cost in costs.items():
            print(
                f"{way:16} {name:24} {cost.cpu * 1e6:6.0f} us CPU {cost.cpu / bare - 1:6.1%}  {1 / cost.wall:6.0f}/s"
                f"  p50 {cost.p50 * 1e3:5.1f} ms  p99 {cost.p99 * 1e3:5.1f} ms  {cost.memory:4.0f} MiB"
            )
