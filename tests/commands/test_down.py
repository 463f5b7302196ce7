"""`wireplan down` as a person runs it; what it does is in tests/cluster/program."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from wireplan.commands.app import build
from wireplan.rim import takedown
from wireplan.rim.program.protection import HOLDS
from wireplan.rim.takedown import Taken
from wireplan.rim.trouble import Trouble

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"
HELD: dict[str, list[Any]] = {"namespace tube": [], "database main": [], "volume kafka": []}


def resource(holds: str, kind: str, name: str) -> dict[str, Any]:
    inputs = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "annotations": {HOLDS: holds} if holds else {}},
    }
    return {"urn": f"urn:{name}", "inputs": inputs}


def test_it_says_what_is_kept_and_what_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fake(path: Path, name: str, data: Sequence[str]) -> Taken:
        asked.append((path, name, list(data)))
        return Taken(42, ("database main",), ("volume kafka",))

    monkeypatch.setattr(takedown, "down", fake)
    done = CliRunner().invoke(build(), ["down", str(TUBE), "--stack", "local", "--data", "volume kafka"])
    assert done.exit_code == 0
    assert asked == [(TUBE, "local", ["volume kafka"])]
    assert done.stdout.splitlines() == [
        "42 objects removed",
        "  destroyed: volume kafka",
        "  kept: database main",
    ]


def test_without_a_name_nothing_is_destroyed() -> None:
    assert takedown.named(HELD, []) == ()
    assert takedown.named(HELD, ["volume kafka"]) == ("volume kafka",)


def test_all_and_the_namespace_are_everything() -> None:
    assert takedown.named(HELD, ["all"]) == tuple(HELD)
    assert takedown.named(HELD, ["namespace tube"]) == tuple(HELD)


def test_a_mistyped_name_destroys_nothing() -> None:
    with pytest.raises(Trouble, match="holds no data called volume kafak") as trouble:
        takedown.named(HELD, ["volume kafka", "volume kafak"])
    assert "namespace tube, database main, volume kafka" in trouble.value.why


def test_what_holds_data_is_read_off_the_state() -> None:
    state = {
        "resources": [
            resource("volume kafka", "StatefulSet", "kafka"),
            resource("", "Service", "kafka"),
            {"urn": "urn:stack"},
        ]
    }
    assert takedown.holders(state) == {"volume kafka": [("v1", "StatefulSet", "kafka")]}


def lying_in(cluster: str) -> dict[str, Any]:
    found = resource("database orders", "Database", "pg-main-orders")
    found["inputs"]["spec"] = {"cluster": {"name": cluster}}
    return found


def test_a_database_that_its_postgres_would_keep_is_not_said_to_be_destroyed() -> None:
    state = {"resources": [resource("database main", "Cluster", "pg-main"), lying_in("pg-main")]}
    found = takedown.databases(state)
    assert found == [("database orders", "database main")]
    with pytest.raises(Trouble, match="database orders cannot be destroyed alone") as trouble:
        takedown.refuse_kept(found, ["database orders"])
    assert '--data "database main"' in trouble.value.fix


def test_a_database_goes_with_its_postgres() -> None:
    state = {"resources": [resource("database main", "Cluster", "pg-main"), lying_in("pg-main")]}
    takedown.refuse_kept(takedown.databases(state), ["database main", "database orders"])
    takedown.refuse_kept(takedown.databases(state), ["database main"])


def test_databases_of_a_postgres_that_sleeps_go_with_it() -> None:
    """Nobody but its primary would end their deletion, and it has none."""
    sent: list[Any] = []

    class Api:
        namespace = "shop"

        def send(self, method: str, path: str, body: dict[str, Any]) -> bool:
            sent.append((method, path.rpartition("/namespaces/")[2], body))
            return True

    keys = [
        (takedown.CNPG, "Cluster", "pg-main"),
        (takedown.CNPG, "Database", "pg-main-orders"),
        ("apps/v1", "StatefulSet", "kafka"),
    ]
    takedown.let_go(Api(), keys)  # type: ignore[arg-type]
    assert sent == [("PATCH", "shop/databases/pg-main-orders", {"metadata": {"finalizers": None}})]
