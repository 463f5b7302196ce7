"""`wireplan images` as a person runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.rim.images import recipes
from wireplan.rim.images.build import Recipe
from wireplan.rim.images.layers import Entry
from wireplan.rim.images.layout import Config
from wireplan.rim.images.parts import Files
from wireplan.rim.trouble import Trouble

BASE = Recipe(
    "python", "wireplan.local/base/python:test", [Files((Entry("usr/bin/python3", b"base"),))], Config()
)
KAFKA = Recipe("kafka", "docker.io/apache/kafka:4.3.1", [Files((Entry("opt/kafka", b"jar"),))], Config())


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system of two services without third-party packages, a cache of its own, and two small system images."""
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(recipes, "PYTHON", BASE)
    monkeypatch.setattr(recipes, "RECIPES", {"python": BASE, "kafka": KAFKA})
    monkeypatch.setattr("wireplan.rim.images.dependencies.exported", lambda *_: "")
    root = tmp_path / "shop" / "services"
    for name in ("platform", "cart", "stock"):
        package = root / name / "src" / f"shop_{name}"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(name)
        needs = [] if name == "platform" else ["shop-platform"]
        (root / name / "pyproject.toml").write_text(
            f'[project]\nname = "shop-{name}"\ndependencies = {needs}\n'
        )
    (root / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["platform", "cart", "stock"]\n')
    (root / "uv.lock").write_text("version = 1\n")
    return root


def run(*words: str | Path) -> Result:
    """What `wireplan images` does."""
    return CliRunner().invoke(build(), ["images", *map(str, words)])


def test_services_are_built_and_written_down_for_the_stack(workspace: Path) -> None:
    """In the system's own folder, where its Pulumi program looks."""
    result = run("build", "cart", "stock", "--workspace", workspace, "--stack", "staging")
    assert result.exit_code == 0
    noted = json.loads((workspace.parent / "images.staging.json").read_text())
    assert set(noted) == {"cart", "stock"}
    assert noted["cart"].startswith("wireplan.local/shop/cart:")
    assert sorted(result.stdout.split()) == sorted(noted.values())


@pytest.mark.row("P4")
def test_packages_that_the_stack_turns_on_are_in_its_image_and_no_other(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment decides: off in the topology, on in one overlay beside it."""
    asked: list[str] = []
    monkeypatch.setattr(
        "wireplan.rim.images.dependencies.grouped", lambda _layout, _sources, name: asked.append(name) or ""
    )
    (workspace / "pyproject.toml").open("a").write("[dependency-groups]\ngraphql = []\n")
    folder = workspace.parent
    head = "wireplan: 1\nsystem: shop\nservices:\n  cart: {kind: gateway}\n  stock: {kind: http}\n"
    (folder / "topology.yaml").write_text(head)
    (folder / "local.yaml").write_text(
        "environment: {name: local, profile: dev}\nservices: {cart: {graphql: true}}\n"
    )
    for stack, expected in (("staging", []), ("local", ["graphql"])):
        result = run("build", "cart", "stock", "--workspace", workspace, "--stack", stack)
        assert result.exit_code == 0, result.output
        assert asked == expected, stack


def test_a_changed_handler_changes_one_line_of_the_file(workspace: Path) -> None:
    """The other service's pods are not touched."""
    run("build", "cart", "stock", "--workspace", workspace)
    before = json.loads((workspace.parent / "images.local.json").read_text())
    (workspace / "cart" / "src" / "shop_cart" / "handlers.py").write_text("")
    run("build", "cart", "stock", "--workspace", workspace)
    after = json.loads((workspace.parent / "images.local.json").read_text())
    assert after["stock"] == before["stock"]
    assert after["cart"] != before["cart"]


def test_a_system_image_alone_writes_no_stack_file(workspace: Path) -> None:
    """Its name is the public one, which the topology says."""
    result = run("build", "kafka", "--workspace", workspace)
    assert result.stdout.strip() == KAFKA.name
    assert not (workspace.parent / "images.local.json").exists()


def test_what_was_built_is_listed_with_its_size(workspace: Path) -> None:
    """The very list that the cluster's registry serves."""
    run("build", "kafka", "--workspace", workspace)
    assert any(line.endswith(f"  {KAFKA.name}") for line in run("list").stdout.splitlines())


def test_another_engine_than_docker_is_refused_before_anything_is_built(workspace: Path) -> None:
    """With what can be said instead."""
    result = run("build", "kafka", "--workspace", workspace, "--load", "podman")
    assert isinstance(result.exception, Trouble)
    assert "--load docker" in result.exception.fix
    assert run("list").stdout == ""


def test_a_sweep_says_what_it_freed(workspace: Path) -> None:
    """An empty cache is swept, too."""
    assert "freed" in run("sweep").stderr
