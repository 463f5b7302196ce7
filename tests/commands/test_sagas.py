"""`wireplan sagas`: those of a running system that have not ended."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.report.sagas import Unfinished, span
from wireplan.rim import checked, sagas, sources
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Topology

SHOP = Path(__file__).resolve().parents[1] / "skeletons" / "shop"
ROW: dict[str, Any] = {
    "saga": "buy", "key": "42", "state": "running", "step": "order", "attempt": 2, "stuck": False,
    "failure": "", "error": "UNAVAILABLE: nobody answers", "age": 95.0, "due": 3.6,
}  # fmt: skip
RUNNING = Unfinished(**ROW, owner="checkout")
STUCK = Unfinished(
    "buy", "7", "compensating", "pick", 12, stuck=True, failure="sold out", error="", age=200_000.0, due=41.0
)


class World:
    """A cluster with pods, and what a program says in one."""

    def __init__(self, said: object, *, ready: str = "True") -> None:
        self.said, self.ready = said, ready
        self.ran: list[tuple[str, str, list[str]]] = []

    def pods(self, name: str) -> list[dict[str, Any]]:
        status = {"conditions": [{"type": "Ready", "status": self.ready}]}
        return [
            {"metadata": {"name": f"{name}-starting"}},
            {"metadata": {"name": f"{name}-1"}, "status": status},
        ]

    def execute(self, pod: str, container: str, command: list[str], seconds: float) -> str:
        del seconds
        self.ran.append((pod, container, command))
        return json.dumps(self.said)


@pytest.fixture
def shop() -> Topology:
    """A system with one saga."""
    return sources.topology(SHOP / "topology.yaml")


def run(monkeypatch: pytest.MonkeyPatch, shop: Topology, found: list[Unfinished], *words: str) -> Result:
    monkeypatch.setattr(sagas, "look", lambda path, name: (shop, found))
    return CliRunner().invoke(build(), ["sagas", str(SHOP), *words])


@pytest.mark.row("F3.7")
def test_a_ready_pod_of_each_owner_is_asked(shop: Topology) -> None:
    world = World([ROW])
    assert sagas.owners(shop) == ["checkout"]
    assert sagas.told(world, shop, "checkout") == [RUNNING]  # type: ignore[arg-type]
    assert world.ran == [("checkout-1", "checkout", ["python3", "-m", "shop_platform.sagas"])]


def test_an_owner_without_a_ready_pod_is_trouble(shop: Topology) -> None:
    with pytest.raises(Trouble, match="no pod of checkout is ready"):
        sagas.told(World([], ready="False"), shop, "checkout")  # type: ignore[arg-type]


def test_those_that_want_a_look_are_marked_and_end_with_1(
    monkeypatch: pytest.MonkeyPatch, shop: Topology
) -> None:
    done = run(monkeypatch, shop, [STUCK, RUNNING])
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "    saga  key  goes     step   attempt  age   next  why",
        "!!  buy   7    back     pick   12       56 h  41 s  sold out",
        "    buy   42   forward  order  2        95 s  4 s   UNAVAILABLE: nobody answers",
        "2 unfinished sagas, 1 stuck",
    ]


def test_nothing_unfinished_and_nothing_stuck_is_fine(
    monkeypatch: pytest.MonkeyPatch, shop: Topology
) -> None:
    done = run(monkeypatch, shop, [])
    assert (done.exit_code, done.stdout) == (0, "no saga is unfinished\n")
    assert run(monkeypatch, shop, [RUNNING]).exit_code == 0


def test_what_a_row_holds_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch, shop: Topology) -> None:
    wild = Unfinished(**{**ROW, "error": "a\x1b[2Jb\nc"})
    assert "a?[2Jb c" in run(monkeypatch, shop, [wild]).stdout


def test_the_same_for_programs(monkeypatch: pytest.MonkeyPatch, shop: Topology) -> None:
    found = json.loads(run(monkeypatch, shop, [RUNNING], "--format", "json").stdout)
    assert (found["version"], found["system"]) == (1, "shop")
    assert found["sagas"] == [{**ROW, "owner": "checkout"}]


def test_one_saga_is_told_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def retry(path: Path, name: str, saga: str, key: str) -> bool:
        del path, name
        asked.append((saga, key))
        return key == "42/a"

    monkeypatch.setattr(sagas, "retry", retry)
    done = CliRunner().invoke(build(), ["sagas", str(SHOP), "--retry", "buy/42/a"])
    assert (done.exit_code, done.stdout) == (0, "buy of 42/a goes on now\n")
    with pytest.raises(Trouble, match="no saga buy of key '43' waits"):
        CliRunner().invoke(build(), ["sagas", str(SHOP), "--retry", "buy/43"], catch_exceptions=False)
    assert asked == [("buy", "42/a"), ("buy", "43")]


def test_a_saga_that_the_topology_lacks_is_named(monkeypatch: pytest.MonkeyPatch, shop: Topology) -> None:
    monkeypatch.setattr(checked, "topology", lambda path, name: shop)
    with pytest.raises(Trouble, match="there is no saga sell") as trouble:
        sagas.retry(SHOP, "local", "sell", "1")
    assert trouble.value.fix == "sagas: buy"


@pytest.mark.parametrize("said", ["Traceback", [{**ROW, "shard": 1}], [{"saga": "buy"}], 7])
def test_a_pod_that_answers_otherwise_is_trouble(shop: Topology, said: object) -> None:
    """Its platform may be of another version than the command."""
    with pytest.raises(Trouble, match="a pod of checkout answered with something else"):
        sagas.told(World(said), shop, "checkout")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (119.0, "119 s"), (120.0, "2 min"), (7_200.0, "2 h"), (259_200.0, "3 d")],
)
def test_a_span_is_said_in_few_figures(seconds: float, said: str) -> None:
    assert span(seconds) == said
