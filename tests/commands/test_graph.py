"""`wireplan graph`: every part and every use of it is drawn, in each format."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from wireplan.commands.app import build

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"


def run(*words: str) -> str:
    """What `wireplan graph` prints for the reference system."""
    result = CliRunner().invoke(
        build(), ["graph", str(TUBE), "--env", "prod", *words], catch_exceptions=False
    )
    assert result.exit_code == 0
    return result.stdout


def document(*words: str) -> Any:
    return json.loads(run("--format", "json", *words))


def links(found: Any) -> set[tuple[str, str, str]]:
    return {(each["kind"], each["from"], each["to"]) for each in found["links"]}


def test_records_go_from_their_topic_to_whom_consumes_them() -> None:
    found = links(document())
    assert ("publish", "services.upload", "topics.video.uploaded") in found
    assert ("consume", "topics.video.uploaded", "services.processing") in found
    assert ("route", "edges.public", "services.gateway") in found


def test_a_call_is_labelled_with_its_deadline_and_a_consumer_with_its_group() -> None:
    labels = {(each["kind"], each["to"]): each["label"] for each in document()["links"]}
    assert labels["consume", "services.processing"] == "processing"
    assert re.fullmatch(r"[\d.]+m?s", labels["call", "services.catalog"])


def test_retry_and_dead_letter_topics_are_drawn_when_asked_for() -> None:
    dead = "topics.video.uploaded.processing.dlt"
    assert dead not in {each["id"] for each in document()["nodes"]}
    everything = document("--all")
    assert dead in {each["id"] for each in everything["nodes"]}
    assert ("publish", "topics.video.uploaded", dead) in links(everything)


@pytest.mark.parametrize("form", ["mermaid", "d2"])
def test_every_node_and_every_link_is_drawn(form: str) -> None:
    found, text = document(), run("--format", form)
    arrow = "->"
    assert sum(arrow in line for line in text.splitlines()) == len(found["links"])
    for node in found["nodes"]:
        assert f'"{node["name"]}"' in text


def test_mermaid_is_what_is_drawn_unless_said() -> None:
    assert run().startswith("flowchart LR\n")
