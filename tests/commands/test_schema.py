"""`wireplan schema` as a person runs it."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.model import schema
from wireplan.report import json_schema, proofs_schema, reasons_schema
from wireplan.rim.trouble import Trouble


def run(*words: str | Path) -> Result:
    """Run `wireplan schema`, with stdout and stderr apart."""
    return CliRunner().invoke(build(), ["schema", *(str(word) for word in words)])


def test_the_schema_goes_to_stdout() -> None:
    assert json.loads(run().stdout) == schema.topology()
    assert json.loads(run("--overlay").stdout) == schema.overlay()
    assert json.loads(run("--findings").stdout) == json_schema.schema()
    assert json.loads(run("--proofs").stdout) == proofs_schema.schema()
    assert json.loads(run("--reasons").stdout) == reasons_schema.schema()


def test_two_schemas_at_once_are_wrong_use() -> None:
    assert isinstance(run("--overlay", "--findings").exception, Trouble)
    assert isinstance(run("--proofs", "--findings").exception, Trouble)
    assert isinstance(run("--reasons", "--proofs").exception, Trouble)


def test_the_schema_goes_to_a_file_which_is_left_alone_when_it_is_current(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "topology.schema.json"
    assert "written" in run("-o", file).stderr
    assert json.loads(file.read_text()) == schema.topology()
    assert "unchanged" in run("-o", file).stderr


def test_a_file_that_cannot_be_written_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("-o", tmp_path / "file" / "topology.schema.json")
    assert isinstance(result.exception, Trouble)
