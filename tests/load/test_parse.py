"""The text of a topology file: YAML 1.2 with places, and everything refused that others read differently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.load import codes
from wireplan.load.composer import resolved
from wireplan.load.limits import BYTES
from wireplan.load.parse import decoded, parse

from tests.load.conftest import Faults, loaded

HEAD = "system: s\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("system: [\n", "1:9 YML016 the [ that opens here is not closed"),
        ("system: s\n  services: x\n", '2:3 YML017 "services" is indented by 2 spaces'),
        ("\tsystem: s\n", "1:1 YML008 a tab in the indentation"),
        ("services:\n\ta: {}\n", "2:1 YML008 a tab in the indentation"),
        ("system: s\n---\nsystem: t\n", "2:1 YML007 a second document begins here"),
        ("", "1:1 YML012 there is no map of keys"),
        ("# only a comment\n", "1:1 YML012"),
        ("- a\n- b\n", "1:1 YML012"),
        ("just words\n", "1:1 YML012"),
        ("system: &name s\n", "1:9 YML006 anchor &name"),
        ("system: s\nservices: *a\n", "2:11 YML006 alias *a"),
        ("system: s\x00\n", "1:10 YML002"),
        (b"system: s\n# caf\xe9\n", "2:6 YML002 byte 0xe9 is no UTF-8"),
        ("a: " + "[" * 3000, "YML013 nested too deep"),
        ("a: " + "[" * 100 + "]" * 100, "YML013 nested more than 40 deep"),
        ("- " * 5000 + "a\n", "1:1 YML013 nested too deep"),
        ("".join(" " * n + f"a{n}:\n" for n in range(1000)), "1:1 YML013 nested too deep"),
        ("? " * 5000 + "a\n", "1:1 YML013 nested too deep"),
    ],
)
def test_a_text_that_is_no_topology_gives_one_finding(
    text: "str | bytes", expected: str, faults: Faults
) -> None:
    found = faults(text)
    assert len(found) == 1
    assert expected in found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("system: t\n", '2:1 YML003 key "system" is written twice, first at line 1'),
        ("services: {a: {}, b: {}, a: {}}\n", '2:26 YML003 key "a" is written twice, first at line 2'),
        ("<<: {system: t}\nservices: {}\n", "2:1 YML005 merge key <<"),
        ("services: {1: {}}\n", "2:12 YML010 the key 1 is no text (integer)"),
        ("services: {true: {}}\n", "2:12 YML010 the key true is no text (true)"),
        ("services: {[a]: {}}\n", "2:12 YML010 a key that is a map or a list"),
        ("services: {a: {graphql: yes}}\n", "2:25 YML004 yes is read differently by YAML 1.1 and 1.2"),
        ("services: {a: {replicas: 0o3}}\n", ""),
        ("services: {a: {replicas: 03}}\n", "2:26 YML004 03 is read"),
        ("services: {a: {replicas: 1_0}}\n", "2:26 YML004 1_0 is read"),
        ("services: {a: {shutdown: {grace: 1:30}}}\n", "2:34 YML004 1:30 is read"),
        ("services: {a: !!map {}}\n", "2:15 YML011 tag tag:yaml.org,2002:map"),
        ("services: {a: {graphql: !!bool 'true'}}\n", "2:25 YML011 tag tag:yaml.org,2002:bool"),
    ],
)
def test_what_others_read_differently_is_refused_where_it_stands(
    text: str, expected: str, faults: Faults
) -> None:
    found = [fault for fault in faults(HEAD + text) if "lacks" not in fault]
    assert [fault for fault in found if expected not in fault] == []
    assert bool(found) == bool(expected)


def test_a_key_written_twice_shows_both_places() -> None:
    finding = loaded("system: s\nservices: {a: {}}\nsystem: t\n").findings[0]
    assert [str(r.at) for r in finding.related] == ["t.yaml:1:1"]


def test_a_truth_of_yaml_1_1_has_its_edit() -> None:
    finding = loaded("system: s\nservices: {a: {graphql: off}}\n").findings[0]
    assert finding.edit is not None
    assert (finding.edit.text, str(finding.edit.at)) == ("false", "t.yaml:2:25")


def test_keys_named_on_are_texts_as_in_yaml_1_2(faults: Faults) -> None:
    """`on` is a key of retries and waivers; only YAML 1.1 reads a truth there."""
    calls = "{a: {kind: gateway, calls: {b: {retry: {on: [UNAVAILABLE]}}}}, b: {serves: x.B}}"
    assert faults(f"system: s\nservices: {calls}\n") == []


def test_a_byte_order_mark_is_no_part_of_the_text(faults: Faults) -> None:
    assert faults(b"\xef\xbb\xbfsystem: s\nservices: {}\n") == []


def test_a_file_larger_than_any_topology_is_not_read() -> None:
    text, findings = decoded(b" " * (BYTES + 1), "t.yaml")
    assert text == ""
    assert [f.code for f in findings] == ["YML009"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("null", "null"), ("~", "null"), ("", "null"), ("true", "true"), ("False", "false"), ("tRue", "text"),
        ("0", "integer"), ("-12", "integer"), ("+3", "integer"), ("0x1F", "hexadecimal"), ("0o17", "octal"),
        ("1.5", "float"), ("1e3", "float"), (".5", "float"), ("-.inf", "float"), (".NaN", "float"), ("1.", "float"),
        ("2027-01-31", "text"), ("2..4", "text"), ("800ms", "text"), ("1.2.3", "text"), ("-", "text"), ("nothing", "text"),
        ("Yes", "surprise"), ("OFF", "surprise"), ("y", "surprise"), ("1:30", "surprise"), ("0777", "surprise"), ("0b11", "surprise"),
        ("1_000", "surprise"), ("190:20:30.15", "surprise"),
    ],
)  # fmt: skip
def test_plain_values_follow_the_core_schema_of_yaml_1_2(text: str, kind: str) -> None:
    assert resolved(text) == kind


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        (".5", 0.5),
        ("0x10", 16),
        ("0o10", 8),
        ("~", None),
        ("True", True),
        ('"1"', "1"),
    ],
)
def test_plain_values_become_what_they_are(text: str, value: object) -> None:
    document, findings = parse(f"a: {text}\n", "t.yaml")
    assert (document.data, findings) == ({"a": value}, [])


@given(st.binary(max_size=200))
def test_garbage_gives_findings_and_no_exception(data: bytes) -> None:
    assert loaded(data).findings


@given(st.text(alphabet="abc:{}[],&*!|>-?#'\"\n \t%@0123456789.<", max_size=80))
def test_any_text_gives_findings_and_no_exception(text: str) -> None:
    found = loaded(text).findings
    assert all(f.code in codes.TABLE for f in found)
    assert all(f.at.line >= 1 and f.at.column >= 1 for f in found)


def test_every_code_has_a_page() -> None:
    for code in codes.TABLE.values():
        assert code.what.endswith(".")
        assert code.why.endswith(".")
        assert code.fix.endswith(".")
        assert code.name == code.name.lower()
    assert len({code.name for code in codes.TABLE.values()}) == len(codes.TABLE)
