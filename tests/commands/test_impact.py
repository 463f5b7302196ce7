"""`wireplan impact` as a person runs it: a line a part, one part with its ways, and the same as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.rim.trouble import Trouble

from tests.commands.pages import ROOT, is_printed, samples

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"
SHOP = """system: shop
edges:
  public: {host: shop.example, availability: 99.9%, routes: [{path: /, to: front, objective: 99.95%}]}
services: {front: {kind: gateway}}
"""


def run(*words: str | Path) -> Result:
    """Run `wireplan impact`, with stdout and stderr apart."""
    return CliRunner().invoke(build(), ["impact", *(str(word) for word in words)])


def lines(*words: str | Path) -> list[list[str]]:
    result = run(*words)
    assert result.exit_code == 0, result.exception
    return [line.split() for line in result.stdout.splitlines()]


def document(*words: str | Path) -> Any:
    return json.loads(run(*words, "--format", "json").stdout)


def test_each_part_has_a_line_with_its_worst_and_its_counts() -> None:
    table = {line[0]: line[1:] for line in lines(TUBE, "--env", "prod") if line}
    assert table["services.auth"] == ["3", "fails", "1", "fails", "2", "stops,", "8", "waits", "unharmed"]
    assert table["kafka"] == ["3", "degrades", "2", "degrades", "10", "stops", "unharmed"]
    assert table["caches.fast"] == ["1", "degrades", "1", "degrades", "-", "the", "whole"]
    assert table["buckets.backups"][1:3] == ["unharmed", "-"]


def test_a_node_can_fail_too_and_says_what_may_have_run_on_it() -> None:
    table = {line[0]: line[1:] for line in lines(TUBE, "--env", "prod") if line}
    assert table["node"] == ["-", "fails", "2", "fails,", "1", "degrades", "5", "stops,", "6", "waits", "-"]
    said = " ".join(run(TUBE, "--env", "prod", "--fail", "node").stdout.split())
    assert said.startswith("node away in prod routes fails edges.public /originals/")
    assert said.endswith(
        "At the worst one copy of each part ran on it, and all of caches.fast, object_store."
    )


def test_the_worst_stands_first() -> None:
    words = [
        line[2]
        for line in lines(TUBE, "--env", "prod")
        if len(line) > 3 and line[2] in ("fails", "degrades", "unharmed")
    ]
    assert words == sorted(words, key=["fails", "degrades", "unharmed"].index)


def test_topics_of_retries_and_dead_letters_are_let_fail_when_asked_for() -> None:
    assert ".dlt" not in run(TUBE).stdout
    assert "topics.video.uploaded.processing.dlt" in run(TUBE, "--all").stdout


def test_one_part_shows_the_way_to_each_route_and_flow_with_its_lines() -> None:
    said = " ".join(run(TUBE, "--env", "prod", "--fail", "statistics").stdout.split())
    assert (
        "degrades edges.public / edges.public / -> services.gateway (topology.yaml:15) -> services.statistics (topology.yaml:35)"
        in said
    )
    assert "held: gateway answers without statistics (fallback: empty)" in said
    assert "stops services.statistics.consumes.video.processed" in said
    assert "then: records wait in topic video.processed, which keeps them 1w" in said
    assert "unharmed edges.public /originals/, edges.cdn /" in said
    assert "one of its 2 copies gone: unharmed" in said


def test_a_part_is_called_with_or_without_its_noun() -> None:
    assert run(TUBE, "--fail", "auth").stdout == run(TUBE, "--fail", "services.auth").stdout
    assert run(TUBE, "--fail", "kafka").stdout.startswith("kafka away in local\n")


def test_a_part_that_is_not_there_is_wrong_use_and_says_what_was_meant() -> None:
    result = run(TUBE, "--fail", "uplaod")
    assert isinstance(result.exception, Trouble)
    assert "did you mean upload?" in result.exception.what


def test_a_name_of_several_parts_is_asked_back(tmp_path: Path) -> None:
    (tmp_path / "topology.yaml").write_text(
        "system: s\nservices: {main: {database: d}}\ndatabases: {main: {databases: [d]}}\n"
    )
    result = run(tmp_path, "--fail", "main")
    assert isinstance(result.exception, Trouble)
    assert "services.main, databases.main" in result.exception.fix


def test_json_names_routes_and_flows_once_and_each_part_by_them() -> None:
    found = document(TUBE, "--env", "prod", "--all")
    assert (found["version"], found["system"], found["environment"]) == (1, "tube", "prod")
    routes, flows = ({each["id"] for each in found[noun]} for noun in ("routes", "flows"))
    for part in found["parts"]:
        for harm in (part["whole"], part["one"] or {"routes": [], "flows": []}):
            assert {each["id"] for each in harm["routes"]} <= routes
            assert {each["id"] for each in harm["flows"]} <= flows
    graph = json.loads(
        CliRunner().invoke(build(), ["graph", str(TUBE), "--env", "prod", "--all", "-f", "json"]).stdout
    )
    assert {node["id"] for node in graph["nodes"]} < {part["part"] for part in found["parts"]}


def test_json_of_one_part_holds_that_part_alone() -> None:
    (part,) = document(TUBE, "--fail", "kafka")["parts"]
    assert part["part"] == "kafka"
    assert run(TUBE, "--fail", "kafka", "--json").stdout == run(TUBE, "--fail", "kafka", "-f", "json").stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHOP, "promises 99.95%, at most 99.9% of what is known (1 of 2 parts): it cannot be kept (EDG003)"),
        (SHOP.replace("99.95%", "99%"), "promises 99%, at most 99.9% of what is known (1 of 2 parts)"),
        (SHOP.replace(", objective: 99.95%", ""), "at most 99.9% of what is known (1 of 2 parts)"),
        (
            SHOP.replace(", availability: 99.9%", ""),
            "promises 99.95%, not known: of 2 parts that it needs none says",
        ),
        (
            SHOP.replace("99.95%", "99%").replace("kind: gateway", "kind: gateway, availability: 99.9%"),
            "promises 99%, at most 99.8001% by all that it needs (2 parts): it can be kept",
        ),
    ],
)
def test_what_a_route_can_keep_stands_below(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "topology.yaml").write_text(text)
    assert f"edges.public /  {said}" in run(tmp_path).stdout


def test_colours_are_for_terminals() -> None:
    assert "\x1b[31m" in run(TUBE, "--color", "always").stdout
    assert "\x1b[" not in run(TUBE).stdout


def test_what_the_page_shows_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = list(samples("impact.md"))
    assert len(found) == 2
    for words, shown in found:
        assert is_printed(shown, CliRunner().invoke(build(), words).stdout.splitlines())
