"""What buf says becomes findings of ours: which code, where, whom it concerns, what to do."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from wireplan.changes import contracts, uses
from wireplan.changes.contracts import FAMILIES, Complaint
from wireplan.findings import Finding, Place, Severity
from wireplan.rules.protos import ALL, BROKEN, CALLED, CODE, LINT, READ

from tests.topology.conftest import tube

EVENTS, UPLOAD = "tube/events/v1/events.proto", "tube/upload/v1/upload.proto"
NAMED = Place("topology.yaml", 5, 21)


@cache
def buf_rules() -> list[dict[str, Any]]:
    """The rules that this buf has for breaking changes."""
    buf = Path(sys.executable).with_name("buf")
    command = [buf, "config", "ls-breaking-rules", "--format", "json", "--version", "v2"]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def broken(rule: str, text: str, file: str = EVENTS) -> Finding:
    """The finding of one complaint about the reference system."""
    (found,) = contracts.breaking([Complaint(rule, text, file, (8, 1, 12, 2))], "protos", NAMED, tube("prod"))
    return found


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FILE_NO_DELETE", BROKEN),
        ("RPC_NO_DELETE", BROKEN),
        ("MESSAGE_NO_DELETE", BROKEN),
        ("PACKAGE_ENUM_NO_DELETE", BROKEN),
        ("FILE_SAME_PACKAGE", BROKEN),
        ("A_RULE_OF_A_PLUGIN", BROKEN),
        ("FIELD_NO_DELETE", READ),
        ("FIELD_SAME_TYPE", READ),
        ("ENUM_VALUE_SAME_NAME", READ),
        ("RESERVED_MESSAGE_NO_DELETE", READ),
        ("RPC_SAME_REQUEST_TYPE", CALLED),
        ("RPC_SAME_IDEMPOTENCY_LEVEL", CALLED),
        ("FILE_SAME_GO_PACKAGE", CODE),
        ("FIELD_SAME_JSTYPE", CODE),
    ],
)
def test_a_rule_of_buf_has_the_code_of_what_goes_wrong(rule: str, code: Any) -> None:
    assert (broken(rule, "x").code, broken(rule, "x").severity) == (code.code, code.severity)


def test_what_breaks_bytes_or_json_is_never_told_as_a_matter_of_code_alone() -> None:
    assert len(buf_rules()) > 40
    harmful = [each["id"] for each in buf_rules() if {"WIRE", "WIRE_JSON"} & set(each["categories"])]
    assert [rule for rule in harmful if broken(rule, "x").severity is not Severity.ERROR] == []


def test_every_pattern_fits_a_rule_that_buf_has() -> None:
    names = [each["id"] for each in buf_rules()]
    assert [p.pattern for p, _ in FAMILIES if not any(p.match(name) for name in names)] == []


def test_a_broken_message_names_the_topic_whose_records_it_describes_and_who_reads_them() -> None:
    found = broken(
        "FIELD_NO_DELETE",
        'Previously present field "5" with name "size_bytes" on message "VideoUploaded" was deleted',
    )
    assert found.what.startswith('previously present field "5"')
    assert found.what.endswith("was deleted (FIELD_NO_DELETE)")
    assert (
        'Records of video.uploaded are kept 7d (default), written by "upload", read by "processing".'
        in found.why
    )
    assert "video.processed" not in found.why
    assert '`reserved 5; reserved "size_bytes";`' in found.fix
    assert found.at == Place(f"protos/{EVENTS}", 8, 1, 12, 2)
    assert [each.note for each in found.related] == ["records of it"]


def test_a_part_of_a_message_concerns_whom_the_message_concerns() -> None:
    found = broken(
        "FIELD_SAME_TYPE", 'Field "1" with name "playlist" on message "VideoProcessed.Ready" changed type.'
    )
    assert "Records of video.processed" in found.why
    assert "video.uploaded" not in found.why


def test_a_broken_method_names_who_serves_and_who_calls_it() -> None:
    found = broken(
        "RPC_NO_DELETE", 'Previously present RPC "GetVideo" on service "UploadService" was deleted.', UPLOAD
    )
    assert 'tube.upload.v1.UploadService is served by "upload", called by "gateway" (line ' in found.why


def test_a_message_of_no_topic_concerns_all_that_use_its_file() -> None:
    found = broken("FIELD_SAME_NAME", 'Field "1" on message "CreateVideoRequest" changed name.', UPLOAD)
    assert 'served by "upload"' in found.why


def test_a_name_that_only_ends_alike_is_another() -> None:
    assert uses.speaks("VideoProcessed.Ready", "tube.events.v1.VideoProcessed")
    assert not uses.speaks("VideoProcessed", "tube.events.v1.NewVideoProcessed")
    assert not uses.speaks("VideoProcessedAgain", "tube.events.v1.VideoProcessed")


def test_what_is_gone_stands_where_the_topology_names_the_protos() -> None:
    found = broken("FILE_NO_DELETE", 'Previously present file "a.proto" was deleted.', "")
    assert (found.at, found.related) == (NAMED, ())
    assert "what moved into another one keeps its bytes" in found.why


def test_without_a_topology_the_contract_is_broken_all_the_same() -> None:
    said = [Complaint("FIELD_SAME_TYPE", "Field.", EVENTS, (1, 1, 1, 2))]
    (found,) = contracts.breaking(said, "protos", NAMED, None)
    assert (found.code, found.related) == ("PRO003", ())


def test_a_lint_is_a_warning_that_says_how_buf_is_told_otherwise() -> None:
    (found,) = contracts.lint(
        [Complaint("RPC_PASCAL_CASE", 'RPC name "x" should be PascalCase', EVENTS, (1, 2, 1, 3))], "p"
    )
    assert (found.code, found.severity) == (LINT.code, Severity.WARNING)
    assert found.what == 'RPC name "x" should be PascalCase (RPC_PASCAL_CASE)'
    assert "// buf:lint:ignore RPC_PASCAL_CASE" in found.fix


def line(rule: str, **more: Any) -> str:
    """A line of buf's output."""
    return json.dumps({"path": "a.proto", "start_line": 3, "type": rule, "message": "What.", **more}) + "\n"


def test_a_renamed_field_is_one_fault_and_not_another_one_in_json() -> None:
    said = line("FIELD_SAME_NAME") + line("FIELD_SAME_JSON_NAME") + line("FIELD_SAME_JSON_NAME", start_line=4)
    assert [(each.rule, each.at[0]) for each in contracts.complaints(said)] == [
        ("FIELD_SAME_NAME", 3),
        ("FIELD_SAME_JSON_NAME", 4),
    ]


def test_no_output_is_no_complaint_and_other_text_is_an_error() -> None:
    assert contracts.complaints("\n") == []
    with pytest.raises(ValueError, match="Expecting value"):
        contracts.complaints("Failure: what")


def test_the_table_of_codes_is_what_their_pages_say() -> None:
    rows = [f"| {each.code} | {each.severity.value} | {each.name} | {each.page.title} |" for each in ALL]
    page = Path(__file__).resolve().parents[2] / "docs" / "contracts.md"
    assert "\n".join(rows) in page.read_text()
