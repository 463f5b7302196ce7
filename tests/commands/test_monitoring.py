"""`wireplan monitoring`: dashboards, alerts and what to scrape, as files."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner
from wireplan.commands.app import build
from wireplan.rim.sources import Faulty

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"


def run(*words: str | Path) -> str:
    """What the command says."""
    done = CliRunner().invoke(build(), ["monitoring", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stderr


def test_the_files_are_those_of_prometheus_and_grafana(tmp_path: Path) -> None:
    assert "11 written" in run(TUBE, "--env", "prod", "-o", tmp_path)
    alerts = yaml.safe_load((tmp_path / "alerts.yaml").read_text())
    assert {rule["labels"]["system"] for group in alerts["groups"] for rule in group["rules"]} == {"tube"}
    scrape = yaml.safe_load((tmp_path / "scrape.yaml").read_text())
    assert [job["job_name"] for job in scrape["scrape_configs"]] == ["tube"]
    boards = {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    assert boards["service-upload"]["title"] == "tube: upload"
    assert set(boards) > {"system", "service-gateway"}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    run(TUBE, "--env", "prod", "-o", tmp_path)
    assert "0 written, 11 unchanged, 0 removed" in run(TUBE, "--env", "prod", "-o", tmp_path)


def test_a_service_that_is_gone_takes_its_dashboard_along(tmp_path: Path) -> None:
    file = tmp_path / "topology.yaml"
    file.write_text("wireplan: 1\nsystem: a\nservices:\n  b: {kind: http}\n  c: {kind: http}\n")
    run(file, "-o", tmp_path / "out")
    file.write_text("wireplan: 1\nsystem: a\nservices:\n  b: {kind: http}\n")
    assert "1 removed" in run(file, "-o", tmp_path / "out")
    assert not (tmp_path / "out" / "service-c.json").exists()


def test_what_another_command_wrote_beside_it_stays(tmp_path: Path) -> None:
    """Into one folder for all that is rendered: each command takes away only what it wrote itself."""
    CliRunner().invoke(
        build(), ["render", str(TUBE), "--env", "prod", "-o", str(tmp_path)], catch_exceptions=False
    )
    manifests = {path.name for path in tmp_path.glob("*.yaml")}
    assert manifests
    assert "0 removed" in run(TUBE, "--env", "prod", "-o", tmp_path)
    assert manifests < {path.name for path in tmp_path.glob("*.yaml")}


def test_a_faulty_topology_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "topology.yaml"
    file.write_text("wireplan: 1\nsystem: a\nservices:\n  b: {calls: [c]}\n")
    with pytest.raises(Faulty):
        run(file, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()
