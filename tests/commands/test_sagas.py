"""`wireplan sagas`: those of a running system that have not ended."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.report.screen import span
from wireplan.rim import checked, sagas, sources
from wireplan.rim.program import kube
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Topology

SHOP = Path(__file__).resolve().parents[1] / "skeletons" / "shop"
ROW: dict[str, Any] = {
    "saga": "buy", "key": "42", "state": "running", "step": "order", "attempt": 2, "stuck": False,
    "failure": "", "error": "UNAVAILABLE: nobody answers", "age": 95.0, "due": 3.6,
}  # fmt: skip
STUCK: dict[str, Any] = {
    "saga": "buy", "key": "7", "state": "compensating", "step": "pick", "attempt": 12, "stuck": True,
    "failure": "sold out", "error": "", "age": 200_000.0, "due": 41.0,
}  # fmt: skip


class World:
    """A cluster with pods, and what a program says in one: to a question without a word, and with `--retry` for a key."""

    def __init__(self, said: object = None, *, ready: str = "True", waiting: Sequence[str] = ()) -> None:
        self.said, self.ready, self.waiting = said, ready, waiting
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
        if command[3:4] == ["--retry"]:
            return f"{int(command[5] in self.waiting)}\n"
        return json.dumps(self.said)


def answer(*rows: dict[str, Any], more: int = 0) -> dict[str, Any]:
    """What the program of a pod says."""
    return {"sagas": list(rows), "more": more}


@pytest.fixture
def shop() -> Topology:
    """A system with one saga, on a cluster of its own."""
    found = sources.topology(SHOP / "topology.yaml")
    environment = dataclasses.replace(found.environment, contexts=("somewhere",))
    return dataclasses.replace(found, environment=environment)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, shop: Topology) -> World:
    """The cluster of a stack: everything but its API is as it is."""
    found = World(answer())
    monkeypatch.setattr(checked, "topology", lambda path, name: shop)
    monkeypatch.setattr(sagas, "usable", lambda where: None)
    monkeypatch.setattr(kube, "Cluster", lambda where: found)
    return found


def run(*words: str) -> Result:
    return CliRunner().invoke(build(), ["sagas", str(SHOP), *words], catch_exceptions=False)


@pytest.mark.row("F3.7")
def test_a_ready_pod_of_each_owner_is_asked(world: World) -> None:
    world.said = answer(ROW)
    assert run().exit_code == 0
    assert world.ran == [("checkout-1", "checkout", ["python3", "-m", "shop_platform.sagas"])]


def test_an_owner_without_a_ready_pod_is_trouble(world: World) -> None:
    world.ready = "False"
    with pytest.raises(Trouble, match="no pod of checkout is ready"):
        run()


def test_those_that_want_a_look_are_marked_and_come_first_and_end_with_1(world: World) -> None:
    world.said = answer(ROW, STUCK)
    done = run()
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "    saga  key  goes     step   attempt  age   next  why",
        "!!  buy   7    back     pick   12       56 h  41 s  sold out",
        "    buy   42   forward  order  2        95 s  4 s   UNAVAILABLE: nobody answers",
        "2 unfinished sagas, 1 stuck",
    ]


def test_nothing_unfinished_and_nothing_stuck_is_fine(world: World) -> None:
    done = run()
    assert (done.exit_code, done.stdout) == (0, "no saga is unfinished\n")
    world.said = answer(ROW)
    assert run().exit_code == 0


def test_sagas_that_an_owner_does_not_list_are_counted(world: World) -> None:
    """Nobody takes the first thousand for all."""
    world.said = answer(ROW, more=7)
    assert (
        run().stdout.splitlines()[-1]
        == "1 unfinished saga; 7 more are not listed, the youngest of their owners"
    )
    assert json.loads(run("--format", "json").stdout)["more"] == 7


def test_what_a_row_holds_cannot_move_the_cursor(world: World) -> None:
    world.said = answer({**ROW, "error": "a\x1b[2Jb\nc"})
    assert "a?[2Jb c" in run().stdout


def test_the_same_for_programs(world: World) -> None:
    world.said = answer(ROW)
    found = json.loads(run("--format", "json").stdout)
    assert (found["version"], found["system"], found["more"]) == (1, "shop", 0)
    assert found["sagas"] == [{**ROW, "owner": "checkout"}]


def test_one_saga_is_told_to_go_on(world: World) -> None:
    world.waiting = ["42/a"]
    done = run("--retry", "buy/42/a")
    assert (done.exit_code, done.stdout) == (0, "buy of 42/a goes on now\n")
    with pytest.raises(Trouble, match="no saga buy of key '43' waits"):
        run("--retry", "buy/43")
    assert [command[3:] for _, _, command in world.ran] == [
        ["--retry", "buy", "42/a"],
        ["--retry", "buy", "43"],
    ]


def test_a_saga_that_the_topology_lacks_is_named(world: World) -> None:
    with pytest.raises(Trouble, match="there is no saga sell") as trouble:
        run("--retry", "sell/1")
    assert trouble.value.fix == "sagas: buy"
    assert world.ran == []


def test_an_owner_that_remembers_nothing_is_not_asked(
    world: World, monkeypatch: pytest.MonkeyPatch, shop: Topology
) -> None:
    """It has no database, so its pods could say nothing of the saga."""
    checkout = dataclasses.replace(shop.services["checkout"], database=None)
    without = dataclasses.replace(shop, services={**shop.services, "checkout": checkout})
    monkeypatch.setattr(checked, "topology", lambda path, name: without)
    assert run().stdout == "no saga is unfinished\n"
    with pytest.raises(Trouble, match="nobody remembers the sagas buy") as trouble:
        run("--retry", "buy/42")
    assert trouble.value.why == "checkout, their owner, has no database"
    assert world.ran == []


@pytest.mark.parametrize(
    "said", ["Traceback", [ROW], answer({**ROW, "shard": 1}), answer({"saga": "buy"}), {"sagas": []}, 7]
)
def test_a_pod_that_answers_otherwise_is_trouble(world: World, said: object) -> None:
    """Its platform may be of another version than the command."""
    world.said = said
    with pytest.raises(Trouble, match="a pod of checkout answered with something else"):
        run()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (119.0, "119 s"), (120.0, "2 min"), (7_200.0, "2 h"), (259_200.0, "3 d")],
)
def test_a_span_is_said_in_few_figures(seconds: float, said: str) -> None:
    assert span(seconds) == said
