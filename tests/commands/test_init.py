"""`wireplan init`: a system that validates and renders as it is written, and is written whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.manifests.objects import objects
from wireplan.rim import beginning, checked, files, sources
from wireplan.rim.trouble import Trouble


def run(*words: str | Path) -> Result:
    """Run `wireplan init`, with stdout and stderr apart."""
    return CliRunner().invoke(build(), ["init", *(str(word) for word in words)])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A new system."""
    assert run("my-shop", "--folder", tmp_path / "my-shop").exit_code == 0
    return tmp_path / "my-shop"


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_a_new_system_has_no_findings_and_renders(shop: Path, environment: str) -> None:
    assert sources.sources(shop / "topology.yaml", environment).findings == ()
    topology = checked.topology(shop, environment)
    assert set(topology.services) == {"orders", "stock"}
    assert topology.services["orders"].publishes["order.placed"].outbox
    assert topology.services["stock"].consumes["order.placed"].inbox
    kinds = {thing.kind for thing in objects(topology, {})}
    assert {"Deployment", "StatefulSet", "Service", "Cluster", "NetworkPolicy"} <= kinds


def test_its_environments_are_its_stacks(shop: Path) -> None:
    assert sources.environments(shop / "topology.yaml") == ("local", "prod")
    assert {p.name for p in shop.glob("Pulumi*.yaml")} == {
        "Pulumi.yaml",
        "Pulumi.local.yaml",
        "Pulumi.prod.yaml",
    }
    assert "name: my-shop\n" in (shop / "Pulumi.yaml").read_text()


def test_its_contracts_are_clean(shop: Path) -> None:
    lint = subprocess.run(
        [str(Path(sys.executable).with_name("buf")), "lint"],
        cwd=shop / "protos",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (lint.returncode, lint.stdout) == (0, "")


def test_its_first_line_names_the_schema_beside_it(shop: Path) -> None:
    first = (shop / "topology.yaml").read_text().splitlines()[0]
    assert (shop / first.partition("$schema=")[2]).is_file()


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(Trouble, match="not empty"):
        beginning.begin("shop", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    assert "topology.yaml" in beginning.begin("shop", folder)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "shop").symlink_to(tmp_path / "real")
    with pytest.raises(Trouble):
        beginning.begin("shop", tmp_path / "shop")


@pytest.mark.parametrize("name", ["Shop", "-shop", "shop_1", "a" * 33, "", "../shop"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="no name for a system"):
        beginning.begin(name, tmp_path / "shop")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full after three files leaves no folder and no scratch."""
    write, count = files.write, []

    def full(path: Path, text: str) -> bool:
        count.append(path)
        if len(count) > 3:
            raise OSError("no space left on device")
        return write(path, text)

    monkeypatch.setattr(files, "write", full)
    with pytest.raises(Trouble, match="could not be written"):
        beginning.begin("shop", tmp_path / "shop")
    assert list(tmp_path.iterdir()) == []
