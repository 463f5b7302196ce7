"""`wireplan show` as a person runs it: values with their origins, and parts that are not there."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.rim.sources import Faulty
from wireplan.rim.trouble import Trouble

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"


def run(*words: str | Path) -> Result:
    """Run `wireplan show`, with stdout and stderr apart."""
    return CliRunner().invoke(build(), ["show", *(str(word) for word in words)])


def test_each_value_of_a_part_stands_with_its_origin() -> None:
    shown = run("processing", TUBE, "--env", "local")
    assert shown.exit_code == 0
    lines = [line.split(maxsplit=2) for line in shown.stdout.splitlines()]
    assert lines[0] == ["services.processing", "in", "local"]
    table = {line[0]: line[1:] for line in lines[1:]}
    assert table["replicas.max"][0] == "4"
    written = (TUBE / "topology.yaml").read_text().partition("replicas: 2..4")[0]
    place = f"topology.yaml:{written.count(chr(10)) + 1}:15"
    assert table["replicas.max"][1].endswith(place)
    assert table["tier"] == ["critical", "default: nothing is given up unless said (spec row F1.4)"]
    assert table["shutdown.grace"] == [
        "135s",
        "derived: preStop 5s + longest request or record 2m + 10s to close",
    ]


def test_what_is_not_there_is_shown_only_when_asked_for() -> None:
    assert "rate_limit" not in run("processing", TUBE).stdout
    assert "rate_limit" in run("processing", TUBE, "--all").stdout


def test_a_value_alone_can_be_asked_for() -> None:
    shown = run("databases.main.max_connections", TUBE, "--env", "prod").stdout.splitlines()
    assert len(shown) == 2
    assert "15 reserved + auth 28 ((6 + 1) pods x 4)" in shown[1]


def test_a_value_is_called_as_the_file_spells_it() -> None:
    shown = run("upload.resources", TUBE).stdout.splitlines()
    assert [line.split()[0] for line in shown[1:]] == ["cpu", "memory", "memory_limit"]
    alone = run("upload.resources.memory", TUBE).stdout.splitlines()
    assert alone[0] == "services.upload.resources.memory in local"
    assert [line.split()[:2] for line in alone[1:]] == [["services.upload.resources.memory", "256Mi"]]
    handler = run("processing.consumes.video.uploaded.handler", TUBE).stdout.splitlines()
    assert [line.split()[:2] for line in handler[1:]] == [["timeout", "2m"], ["mean", "40s"]]


def test_a_value_that_the_file_has_elsewhere_is_called_whole() -> None:
    shown = run("kafka.provider", TUBE, "--env", "local").stdout.splitlines()
    assert shown[1].split(maxsplit=2) == ["environment.kafka", "builtin", "derived: as the environment says"]


def test_what_nobody_can_write_has_no_key() -> None:
    (line,) = run("upload.ports.grpc", TUBE).stdout.splitlines()[1:]
    assert line.split(maxsplit=2)[2].startswith("derived, no key: grpc 50051")
    data = json.loads(run("upload.ports.grpc", TUBE, "--format", "json").stdout)
    assert data["values"][0]["key"] is None


def test_an_overlay_is_named_where_it_decided() -> None:
    assert "prod.yaml" in run("main.volume.size", TUBE, "--env", "prod").stdout


def test_local_is_the_environment_where_none_is_named() -> None:
    assert run("upload", TUBE).stdout.startswith("services.upload in local\n")


def test_json_carries_value_and_origin() -> None:
    data = json.loads(run("services.upload.shutdown", TUBE, "--format", "json").stdout)
    assert (data["version"], data["node"], data["environment"]) == (1, "services.upload.shutdown", "local")
    (grace,) = [value for value in data["values"] if value["path"][-1] == "grace"]
    assert (grace["value"], grace["text"], grace["origin"]["kind"]) == (25.0, "25s", "derived")
    assert grace["key"] == grace["path"]
    assert grace["origin"]["file"].endswith("topology.yaml")


def test_without_a_part_all_parts_are_listed() -> None:
    result = CliRunner().invoke(build(), ["show"], env={"WIREPLAN_TOPOLOGY": str(TUBE)})
    assert {"services.upload", "topics.video.uploaded", "kafka", "databases.main"} <= set(
        result.stdout.splitlines()
    )


def test_a_part_that_is_not_there_is_wrong_use_and_says_what_was_meant() -> None:
    result = run("uplaod", TUBE)
    assert isinstance(result.exception, Trouble)
    assert "did you mean upload?" in result.exception.what


def test_a_value_that_is_not_there_is_looked_for_among_the_keys_of_the_file() -> None:
    result = run("upload.resources.memry", TUBE)
    assert isinstance(result.exception, Trouble)
    assert "did you mean upload.resources.memory?" in result.exception.what
    assert "upload.resources.memory, upload.resources.memory_limit" in result.exception.fix


def test_a_topology_with_faults_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "topology.yaml"
    file.write_text("system: s\nservices: {a: {replcas: 2}}\n")
    result = run("a", file)
    assert result.stdout == ""
    assert isinstance(result.exception, Faulty)
    assert (result.exception.what, result.exception.exit_code) == ("the topology has 1 fault", 1)
