"""`wireplan graph`: every part and every use of it is drawn, in each format."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.commands.graph import FORMATS
from wireplan.rim import sources
from wireplan.rim.trouble import Trouble

from tests.conftest import Golden

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"


def run(*words: str) -> str:
    """What `wireplan graph` prints for the reference system."""
    return done(*words).stdout


def done(*words: str) -> Result:
    """The same, with stdout and stderr apart."""
    result = CliRunner().invoke(
        build(), ["graph", str(TUBE), "--env", "prod", *words], catch_exceptions=False
    )
    assert result.exit_code == 0
    return result


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
    labels = {(each["kind"], each["from"], each["to"]): each["label"] for each in document()["links"]}
    assert labels["consume", "topics.video.uploaded", "services.processing"] == "processing"
    assert re.fullmatch(r"[\d.]+m?s", labels["call", "services.gateway", "services.catalog"])


def test_retry_and_dead_letter_topics_are_drawn_when_asked_for() -> None:
    dead = "topics.video.uploaded.processing.dlt"
    assert dead not in {each["id"] for each in document()["nodes"]}
    everything = document("--all")
    assert dead in {each["id"] for each in everything["nodes"]}
    assert ("publish", "topics.video.uploaded", dead) in links(everything)


def test_as_many_topics_are_drawn_as_validate_counts() -> None:
    drawn = [each["id"] for each in document()["nodes"] if each["id"].startswith("topics.")]
    checked = CliRunner().invoke(build(), ["validate", str(TUBE), "--env", "prod"]).stdout
    assert f", {len(drawn)} topics, " in checked


@pytest.mark.parametrize("form", ["mermaid", "d2"])
def test_every_node_and_every_link_is_drawn(form: str) -> None:
    found, text = document(), run("--format", form)
    arrow = "->"
    assert sum(arrow in line for line in text.splitlines()) == len(found["links"])
    for node in found["nodes"]:
        assert f'"{node["name"]}"' in text


def test_mermaid_is_what_is_drawn_unless_said() -> None:
    assert run().startswith("flowchart LR\n")


def test_the_picture_in_the_docs_is_the_one_that_is_drawn(golden: Golden) -> None:
    golden("../../docs/tube.svg", run("--format", "svg"))


def invoked(*words: str) -> Result:
    """`wireplan graph` of the reference system, its trouble included."""
    return CliRunner().invoke(build(), ["graph", str(TUBE), "--env", "prod", *words])


def test_a_picture_is_laid_out_without_a_browser() -> None:
    root = ElementTree.fromstring(run("--format", "svg"))
    drawn = [each.get("data-part") for each in root.iter() if each.get("data-part")]
    assert len(drawn) == len(document()["nodes"])


def test_a_page_goes_to_its_file_which_is_named_on_stderr(tmp_path: Path) -> None:
    file = tmp_path / "tube.html"
    first, second = done("--html", str(file)), done("--html", str(file))
    assert (first.stdout, second.stdout) == ("", "")
    assert (first.stderr, second.stderr) == (f"{file}: written\n", f"{file}: unchanged\n")
    assert file.read_text().startswith("<!doctype html>")


def test_a_page_is_made_of_one_reading_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, page = tmp_path / "topology.yaml", tmp_path / "page.html"
    file.write_text(
        "system: s\nservices: {mail: {serves_http: http2, environment: {API_TOKEN: hunter2hunter2}}}\n"
    )
    read: list[str] = []
    disk = sources.read

    def noted(name: str) -> bytes:
        read.append(name)
        return disk(name)

    monkeypatch.setattr(sources, "read", noted)
    CliRunner().invoke(build(), ["graph", str(file), "--html", str(page)], catch_exceptions=False)
    assert read == [str(file)]
    assert '"code":"SEC003"' in page.read_text()


def test_a_page_of_no_environment_among_several_has_what_is_found_in_any(tmp_path: Path) -> None:
    (tmp_path / "topology.yaml").write_text("system: s\nservices: {mail: {serves_http: http2}}\n")
    (tmp_path / "dev.yaml").write_text("environment: {profile: dev}\n")
    faulty = "environment: {}\nservices: {mail: {environment: {API_TOKEN: hunter2hunter2}}}\n"
    (tmp_path / "prod.yaml").write_text(faulty)
    words = ["graph", str(tmp_path), "--html", "-"]
    assert '"code":"SEC003"' in CliRunner().invoke(build(), words, catch_exceptions=False).stdout
    words += ["--env", "dev"]
    assert '"code":"SEC003"' not in CliRunner().invoke(build(), words, catch_exceptions=False).stdout


def test_what_the_baseline_accepts_is_not_on_the_page(tmp_path: Path) -> None:
    file = tmp_path / "topology.yaml"
    file.write_text("system: s\nservices: {mail: {environment: {API_TOKEN: hunter2hunter2}}}\n")

    def shown() -> str:
        return CliRunner().invoke(build(), ["graph", str(file), "--html", "-"], catch_exceptions=False).stdout

    assert '"code":"SEC003"' in shown()
    CliRunner().invoke(build(), ["validate", str(file), "--write-baseline"], catch_exceptions=False)
    assert '"code":"SEC003"' not in shown()


def test_a_page_goes_to_stdout_where_asked() -> None:
    text = run("--html", "-")
    assert text.startswith("<!doctype html>")
    assert text == run("--format", "html")


def test_a_page_and_other_formats_are_had_in_one_run(tmp_path: Path) -> None:
    text = run("--html", str(tmp_path / "tube.html"), "--format", "json")
    assert json.loads(text)["system"] == "tube"
    assert (tmp_path / "tube.html").is_file()


def test_two_texts_on_stdout_are_refused_before_anything_is_written() -> None:
    result = invoked("--html", "-", "--format", "svg")
    assert isinstance(result.exception, Trouble)
    assert result.stdout == ""


def test_retry_topics_are_on_the_page_when_asked_for() -> None:
    dead = "topics.video.uploaded.processing.dlt"
    assert dead in run("--html", "-", "--all")
    assert f'"id":"{dead}"' not in run("--html", "-")


def test_help_names_every_format() -> None:
    told = CliRunner().invoke(build(), ["graph", "--help"]).stdout
    assert all(form in told for form in FORMATS)
