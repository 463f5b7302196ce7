"""Prometheus's own tool takes the rules and the scraping, and each alert fires with the series that it is for, and not with those beside."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from wireplan.monitoring import rules
from wireplan.report import monitoring_files, yaml_text
from wireplan.rim import engines, process
from wireplan.topology.types import Topology

from tests.monitoring.conftest import shop
from tests.monitoring.trials import TRIALS, Trial

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="session")
def promtool() -> Path:
    """The tool, which is built first where it is not there."""
    return engines.path("promtool")


def test_every_kind_of_alert_is_tried_both_ways() -> None:
    assert set(TRIALS) == {kind.name for kind in rules.kinds()}
    assert all({trial.fires for trial in trials} == {True, False} for trials in TRIALS.values())


def test_rules_and_scraping_are_taken(promtool: Path, topology: Topology, tmp_path: Path) -> None:
    for name, text in monitoring_files.files(topology).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "prometheus.yaml").write_text(
        yaml_text.document({"rule_files": ["alerts.yaml"], "scrape_config_files": ["scrape.yaml"]})
    )
    counted = sum(len(group["rules"]) for group in rules.groups(topology))
    said = process.output(
        [promtool, "check", "rules", "--lint=all", "--lint-fatal", tmp_path / "alerts.yaml"]
    )
    assert f"{counted} rules found" in said
    assert "is valid prometheus config" in process.output(
        [promtool, "check", "config", tmp_path / "prometheus.yaml"]
    )


def test_each_alert_fires_when_it_should(promtool: Path, tmp_path: Path) -> None:
    files: list[Path] = []
    for kind, trials in TRIALS.items():
        for number, trial in enumerate(trials):
            name = f"{kind}-{number}"
            (tmp_path / f"{name}.rules.yaml").write_text(yaml_text.document({"groups": only(kind, trial)}))
            files.append(tmp_path / f"{name}.yaml")
            files[-1].write_text(yaml_text.document(tried(name, kind, trial)))
    code, said, errors = process.ended([promtool, "test", "rules", *files], timeout=300)
    assert code == 0, said.decode() + errors.decode()


def only(kind: str, trial: Trial) -> list[dict[str, Any]]:
    """The first alert of a kind about a service, and what is recorded for it: each more is worked out for every minute of a trial."""
    groups = rules.groups(shop())
    recorded = {
        rule["record"]: rule["expr"] for group in groups for rule in group["rules"] if "record" in rule
    }
    (alert, *_) = (
        rule
        for group in groups
        for rule in group["rules"]
        if rule.get("alert") == kind and rule["labels"]["service"] == trial.service
    )
    wanted = read(alert["expr"], recorded)
    found = (
        {**group, "rules": [rule for rule in group["rules"] if rule is alert or rule.get("record") in wanted]}
        for group in groups
    )
    return [group for group in found if group["rules"]]


def read(expression: str, recorded: Mapping[str, str]) -> set[str]:
    """What is recorded that an expression reads, by itself or through others."""
    found = {name for name in recorded if name in expression}
    return found.union(*(read(recorded[name], recorded) for name in found))


def tried(name: str, kind: str, trial: Trial) -> dict[str, Any]:
    """A file for `promtool test rules`."""
    (rule,) = (rule for group in only(kind, trial) for rule in group["rules"] if "alert" in rule)
    told = {"exp_labels": {**rule["labels"], **trial.labels}, "exp_annotations": rule["annotations"]}
    return {
        "rule_files": [f"{name}.rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "name": name,
                "interval": "1m",
                "input_series": [{"series": each, "values": values} for each, values in trial.series.items()],
                "alert_rule_test": [
                    {"eval_time": trial.at, "alertname": kind, "exp_alerts": [told] if trial.fires else []}
                ],
            }
        ],
    }


def test_the_files_are_the_ones_that_grafana_reads(topology: Topology) -> None:
    boards = [
        json.loads(text) for name, text in monitoring_files.files(topology).items() if name.endswith(".json")
    ]
    assert {board["tags"][1] for board in boards} == {topology.system}
