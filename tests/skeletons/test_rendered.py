"""The rendered code itself: golden, formatted whatever the system is called, and in the reference system exactly what is committed."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from wireplan.rim import files, scaffolding
from wireplan.rim import sources as written
from wireplan.rim.images.stack import GRAPHQL
from wireplan.rim.scaffolding import Options
from wireplan.skeletons.merge import Step
from wireplan.skeletons.render import File

from tests.conftest import Golden

SHOP = Path(__file__).parent / "shop"
TUBE = Path(__file__).resolve().parents[2] / "stacks/tube"
RUFF = Path(sys.executable).with_name("ruff")


def members(file: Path) -> dict[str, dict[str, File]]:
    """What is rendered for a topology file."""
    found = written.sources(file)
    assert found.topology is not None
    assert found.system is not None
    assert found.system.contracts is not None
    return scaffolding.rendered(
        found.topology, file.parent / "services", file.parent / found.system.contracts.protos
    )


@pytest.mark.parametrize("service", ["front", "orders", "checkout", "stock", "order-mail", "tidy", "web"])
def test_a_service_is_golden(service: str, golden: Golden) -> None:
    found = members(SHOP / "topology.yaml")[service]
    text = "".join(
        f"######## {path}{' (yours)' if file.yours else ''}\n{file.text}"
        for path, file in sorted(found.items())
    )
    golden(f"skeletons/{service}.txt", text)


def test_the_workspace_around_them_is_golden(golden: Golden) -> None:
    found = members(SHOP / "topology.yaml")
    golden("skeletons/workspace.txt", "".join(file.text for _, file in sorted(found[""].items())))
    golden("skeletons/contracts.txt", found["contracts"]["contracts/pyproject.toml"].text)


@pytest.mark.row("P4")
def test_graphql_is_turned_on_by_an_environment_and_changes_nothing_that_is_rendered(tmp_path: Path) -> None:
    """Its packages are a group of the workspace, which no member needs: the images of an environment take it, or do not."""
    text = (SHOP / "topology.yaml").read_text().replace("protos: protos", f"protos: {SHOP / 'protos'}")
    off, on = tmp_path / "off.yaml", tmp_path / "on.yaml"
    off.write_text(text)
    on.write_text(text.replace("kind: gateway", "kind: gateway\n    graphql: true"))
    assert on.read_text() != text
    rendered = {path: file.text for each in members(off).values() for path, file in each.items()}
    assert rendered == {path: file.text for each in members(on).values() for path, file in each.items()}
    projects = {
        path: tomllib.loads(each) for path, each in rendered.items() if path.endswith("pyproject.toml")
    }
    assert GRAPHQL in projects["pyproject.toml"]["dependency-groups"]
    assert not [path for path, each in projects.items() if "graphql" in str(each["project"]["dependencies"])]


def test_every_service_has_a_page_and_all_its_code_is_typed_strictly_and_documented() -> None:
    """What the tools are told to ask for; that they find nothing, test_workspace.py and stacks/test_tube.py say."""
    found = members(SHOP / "topology.yaml")
    settings = tomllib.loads(found[""]["pyproject.toml"].text)
    services = {name for name in found if name not in {"", "contracts", "platform"}}
    assert all(f"# {name}\n" in found[name][f"{name}/README.md"].text for name in services)
    assert set(settings["tool"]["pyright"]["strict"]) == {f"{name}/src" for name in services | {"platform"}}
    assert settings["tool"]["pyright"]["include"] == ["."], "tests are typed as well"
    assert "D1" in settings["tool"]["ruff"]["lint"]["select"]


@pytest.mark.parametrize("name", ["s", "shop", "a-system-with-a-name-of-32-chars"])
def test_the_form_does_not_hang_on_the_systems_name(name: str, tmp_path: Path) -> None:
    """ruff finds nothing to lint and nothing to format, with the rules that the workspace brings."""
    topology = tmp_path / "topology.yaml"
    text = (SHOP / "topology.yaml").read_text().replace("system: shop", f"system: {name}")
    topology.write_text(text.replace("protos: protos", f"protos: {SHOP / 'protos'}"))
    scaffolding.from_file(topology, Options(tools=False))
    workspace = tmp_path / "services"
    for module in (
        "events/v1/events_pb2",
        "orders/v1/orders_pb2",
        "orders/v1/orders_pb2_grpc",
        "checkout/v1/checkout_pb2",
        "checkout/v1/checkout_pb2_grpc",
    ):  # as protoc would
        files.write(workspace / f"contracts/src/shop/{module}.py", "")
    for words in (["check", "--output-format", "concise"], ["format", "--diff"]):
        done = subprocess.run(
            [RUFF, *words, "--no-cache", "."], cwd=workspace, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_of_the_reference_system_is_left_in_another() -> None:
    for member in members(SHOP / "topology.yaml").values():
        for path, file in member.items():
            assert not re.search(r"\btube|tube_", path + file.text), path


@pytest.mark.row("U1")
@pytest.mark.row("U3")
def test_the_reference_system_is_exactly_what_is_rendered() -> None:
    """Its generated parts are not edited, nor is one missing; what scaffold leaves to a person is there."""
    outcome, _ = scaffolding.from_file(TUBE, Options(dry=True, tools=False))
    changed = {done.path: done.step for done in outcome.files if done.step not in {Step.CURRENT, Step.YOURS}}
    assert {path: step for path, step in changed.items() if step is not Step.STAYS_DELETED} == {}
    assert outcome.current
