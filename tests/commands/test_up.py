"""`wireplan up` as a person runs it; what it does is in tests/program and tests/cluster/program."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.commands.up import text
from wireplan.rim import bringup
from wireplan.rim.bringup import Running, Wishes
from wireplan.rim.engines.table import ENGINES
from wireplan.rim.program import planning
from wireplan.rim.program.progress import Failure, Progress
from wireplan.rim.program.protection import HOLDS
from wireplan.rim.trouble import Trouble

from tests.manifests.conftest import resolved

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(build(), ["up", *(str(word) for word in words)])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, str, Wishes]]:
    """Instead of bringing anything up, note what was asked for."""
    seen: list[tuple[Path, str, Wishes]] = []

    def fake(path: Path, name: str, wishes: Wishes) -> Running:
        seen.append((path, name, wishes))
        topology = resolved("local")
        urls = {"public": "https://tube.localhost:8443"}
        return Running(topology, urls, {"public": "10.0.0.1"}, Path("/x/authority.pem"), None, {"create": 3})

    monkeypatch.setattr(bringup, "up", fake)
    return seen


def test_it_says_where_to_look(asked: list[Any]) -> None:
    done = run(TUBE)
    assert done.exit_code == 0
    assert asked == [(TUBE, "local", Wishes(adopt=False, build=True, timeout=600.0))]
    assert "tube is up." in done.stdout
    assert "curl --cacert /x/authority.pem https://tube.localhost:8443/openapi.json" in done.stdout


def test_stack_and_environment_are_one_thing(asked: list[Any]) -> None:
    for option in ("--stack", "-s", "--env", "-e"):
        assert run(TUBE, option, "prod", "--adopt", "--no-build", "--timeout", "60").exit_code == 0
        assert asked.pop() == (TUBE, "prod", Wishes(adopt=True, build=False, timeout=60.0))


def test_json_is_for_programs(asked: list[Any]) -> None:
    found = json.loads(run(TUBE, "--format", "json").stdout)
    assert (found["version"], found["system"], found["environment"]) == (1, "tube", "local")
    assert found["urls"] == {"public": "https://tube.localhost:8443"}
    assert found["changes"] == {"create": 3}


def test_the_example_is_called_by_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = Running(resolved("local"), {}, {}, Path("/x/authority.pem"), Path("/x/example/upload.py"), {})
    words = "run --script /x/example/upload.py --authority /x/authority.pem"
    own = tmp_path / "tools" / "uv" / ENGINES["uv"].version / "uv"
    for uv, called in ((own, str(own)), (tmp_path / "bin" / "uv", "uv")):
        uv.parent.mkdir(parents=True)
        uv.touch(mode=0o755)
        assert f"  {called} {words}" in text(found).splitlines()


def test_an_unknown_format_is_wrong_use() -> None:
    assert isinstance(run(TUBE, "--format", "xml").exception, Trouble)


def test_a_service_without_an_image_is_told() -> None:
    with pytest.raises(Trouble, match="no image is known for auth") as trouble:
        bringup.complete(
            resolved("local"), {name: "x" for name in resolved("local").services if name != "auth"}, "local"
        )
    assert "wireplan images build --stack local" in trouble.value.fix


def test_what_takes_messages_needs_the_image_of_the_tools_before_anything_is_brought_up() -> None:
    local = resolved("local")
    images = {each.whole: "x" for each in local.services.values()}
    with pytest.raises(Trouble, match="no image is known for tools"):
        bringup.complete(local, images, "local")
    assert bringup.complete(local, {**images, "tools": "x"}, "local")


def test_a_refused_plan_names_the_data() -> None:
    urn = (
        "urn:pulumi:local::tube::wireplan:postgres:Postgres$kubernetes:postgresql.cnpg.io/v1:Cluster::pg-main"
    )
    inputs = {"metadata": {"annotations": {HOLDS: "database main"}}}
    state = {"resources": [{"urn": urn, "inputs": inputs}]}
    planned = Progress(print)
    planned.failures.append(Failure(urn, f'resource "{urn}" cannot be deleted\nbecause it is protected.'))
    found = planning.refused(planned, "", state)
    assert found.what == "nothing was changed"
    assert "allow_data_loss: [database main]" in found.why


def test_a_plan_that_fails_for_another_reason_says_so() -> None:
    planned = Progress(print)
    planned.failures.append(Failure("", "the API server is on holiday"))
    assert planning.refused(planned, "long output", {}).why == "the API server is on holiday"


def test_a_field_that_cannot_change_is_told_with_the_way_around() -> None:
    planned = Progress(print)
    planned.failures.append(
        Failure(
            "",
            'StatefulSet.apps "kafka" is invalid: spec: Forbidden: updates to statefulset spec for fields other than',
        )
    )
    found = planning.refused(planned, "", {})
    assert "StatefulSet kafka cannot be changed so" in found.what
    assert "--cascade=orphan" in found.fix
