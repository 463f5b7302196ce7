"""What a newcomer mistypes most: each finding says where the fault was made, beside where it was noticed, and what to type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.load.conftest import loaded


def told(text: str) -> list[str]:
    """Place, code, fault, fix and the second place of the one finding of a text."""
    (found,) = loaded(text).findings
    seen = [f"{found.at} {found.code} {found.what}", found.fix]
    return [*seen, *(f"{each.at} {each.note}" for each in found.related)]


HEAD = "system: s\nservices:\n"

UNCLOSED = {
    "a list before the brace of its map": (
        "  a: {replicas: 2, serves: [x.A, x.B}\n  b: {}\n",
        "t.yaml:3:28 YML016 the [ that opens here is not closed",
        "Write ] before what stands at line 3, column 37.",
        "t.yaml:3:37 this closes no [",
    ),
    "a list closed by a brace": (
        "  a:\n    serves: [x.A}\n",
        "t.yaml:4:13 YML016 the [ that opens here is not closed",
        "Write ] in place of what stands at line 4, column 17.",
        "t.yaml:4:17 this closes no [",
    ),
    "a map before the next key": (
        "  a: {kind: gateway\n  b: {}\n  c: {}\n",
        "t.yaml:3:6 YML016 the { that opens here is not closed",
        "Write } behind what stands on line 3.",
        "t.yaml:4:3 here it is missed",
    ),
    "two maps on one line": (
        "  a: {calls: {b: {}\n  b: {serves: x.B}\n",
        "t.yaml:3:14 YML016 the { that opens here is not closed",
        "Write }} behind what stands on line 3.",
        "t.yaml:4:3 here it is missed",
    ),
    "a list of several lines, noticed two lines too late": (
        "  a:\n    serves: [\n      x.A, # one\n      x.B,\n      # two\n    kind: gateway\n    calls: [b]\n",
        "t.yaml:4:13 YML016 the [ that opens here is not closed",
        "Write ] behind what stands on line 6.",
        "t.yaml:8:5 here it is missed",
    ),
    "a list at the end of the file": (
        "  a:\n    serves: [\n\n# the end\n",
        "t.yaml:4:13 YML016 the [ that opens here is not closed",
        "Write ] behind what stands on line 4.",
    ),
    "a quote up to the end of the file": (
        "  a:\n    serves: \"x.A\n    kind: gateway\n  b: {}\n",
        't.yaml:4:13 YML016 the " that opens here is not closed',
        'Write " behind the text on line 4.',
    ),
    "a quote that the next one closes": (
        "  a: {serves: 'x.A}\n  b:\n    serves: 'x.B'\n",
        "t.yaml:3:15 YML016 the ' that opens here is not closed before line 5",
        "Write ' behind the text on line 3.",
        "t.yaml:5:13 this one closes it, though it seems to open another text",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNCLOSED.values(), ids=UNCLOSED)
def test_what_is_not_closed_is_shown_where_it_was_opened(case: tuple[str, ...]) -> None:
    text, *expected = case
    assert told(HEAD + text) == expected


INDENTED = {
    "one space too many": (
        "  a:\n    kind: worker\n     serves: x.A\n",
        't.yaml:5:6 YML017 "serves" is indented by 5 spaces, the other key of services.a by 4',
        "Indent line 5 by 4 spaces, as a key of services.a.",
        "t.yaml:4:5 a key of services.a",
    ),
    "one space too few": (
        "  a:\n    kind: worker\n    replicas: 2\n   serves: x.A\n",
        't.yaml:6:4 YML017 "serves" is indented by 3 spaces, the other keys of services.a by 4',
        "Indent line 6 by 4 spaces, as a key of services.a.",
        "t.yaml:5:5 a key of services.a",
    ),
    "a name that the model cannot place": (
        "  a:\n    kind: worker\n   b:\n    kind: worker\n",
        't.yaml:5:4 YML017 "b" is indented by 3 spaces, the other key of services by 2',
        "Indent line 5 by 2 spaces, as a key of services; or by 4 spaces, as a key of services.a.",
        "t.yaml:3:3 a key of services",
    ),
    "a key of the file": (
        "  a: {}\n topics: {}\n",
        't.yaml:4:2 YML017 "topics" is indented by 1 space, the other keys of the file by 0',
        "Indent line 4 not at all, as a key of the file.",
        "t.yaml:2:1 a key of the file",
    ),
    "the first of a map, in a file that is indented by two": (
        "  a:\n     kind: worker\n    serves: x.A\n  b:\n    kind: worker\n",
        't.yaml:4:6 YML017 "kind" is indented by 5 spaces, "serves" beside it by 4',
        "Indent line 4 by 4 spaces, as line 5 is.",
        "t.yaml:5:5 a key of services.a",
    ),
    "an item of a list": (
        "  a: {}\nedges:\n  e:\n    routes:\n      - {path: /, to: a}\n     - {path: /b, to: a}\n",
        "t.yaml:8:6 YML017 this item is indented by 5 spaces, the other item of edges.e.routes by 6",
        "Indent line 8 by 6 spaces, as an item of edges.e.routes.",
        "t.yaml:7:7 an item of edges.e.routes",
    ),
    "an item of a list that is as far left as its key": (
        "  a: {}\nedges:\n  e:\n    routes:\n    - path: /\n   - path: /b\n",
        "t.yaml:8:4 YML017 this item is indented by 3 spaces, the other item of edges.e.routes by 4",
        "Indent line 8 by 4 spaces, as an item of edges.e.routes.",
        "t.yaml:7:5 an item of edges.e.routes",
    ),
    "a key of an item": (
        "  a: {}\nedges:\n  e:\n    routes:\n      - path: /\n       to: a\n",
        't.yaml:8:8 YML017 "to" is indented by 7 spaces, the other key of edges.e.routes[0] by 8',
        "Indent line 8 by 8 spaces, as a key of edges.e.routes[0].",
        "t.yaml:7:9 a key of edges.e.routes[0]",
    ),
}


@pytest.mark.parametrize("case", INDENTED.values(), ids=INDENTED)
def test_a_line_that_is_indented_otherwise_is_told_where_it_belongs(case: tuple[str, ...]) -> None:
    text, *expected = case
    assert told(HEAD + text) == expected


def test_a_key_that_is_as_far_left_as_a_name_is_none() -> None:
    """No fault of the text, but the same slip."""
    assert told(f"{HEAD}  a:\n  kind: worker\n  b: {{}}\n") == [
        't.yaml:4:3 YML022 "kind" stands among the names of services, but is a key of one of them',
        "Indent it below the one of services that it is for.",
    ]
    assert told(f"{HEAD}  a: 5\n") == [
        "t.yaml:3:6 YML022 services.a must be a map, not 5",
        "Write it as the message says.",
    ]


OTHERS = {
    "a comma on one line": (
        "  a: {kind: gateway replicas: 2}\n",
        "t.yaml:3:21 YML001 a comma is missing before this, or the } that closes the { of line 3",
        "Write a comma before it, or }.",
        "t.yaml:3:6 the { opens here",
    ),
    "a comma between two lines": (
        "  a: {\n    kind: gateway\n    replicas: 2\n  }\n",
        "t.yaml:5:5 YML001 a comma is missing before this, or the } that closes the { of line 3",
        "Write a comma behind what stands on line 4, or }.",
        "t.yaml:3:6 the { opens here",
    ),
    "a brace too many": (
        "  a: {}}\n",
        't.yaml:3:8 YML001 this "}" closes nothing that is open',
        "Take it out, or write what it is to close.",
    ),
    "a comment without its sign": (
        "  a: {} row M1\n",
        "t.yaml:3:9 YML001 this stands behind a value that has ended",
        "Take it out, begin it with # if it is a comment, or put the whole value in quotes.",
    ),
    "a text that goes on behind its quote": (
        "  a:\n    kind: 'worker' b\n",
        "t.yaml:4:20 YML001 this stands behind a value that has ended",
        "Take it out, begin it with # if it is a comment, or put the whole value in quotes.",
    ),
    "no colon": (
        "  a\n    kind: worker\n",
        "t.yaml:3:3 YML001 this line has no colon, so it is no key",
        'Write a colon behind the key: "key:" or "key: value".',
    ),
    "no space behind the colon": (
        "  a:\n    kind:worker\n    replicas: 2\n",
        "t.yaml:4:5 YML001 no space stands behind the colon",
        'Write "key: value", with a space.',
    ),
    "two colons": (
        "  a:\n    kind: worker: b\n",
        "t.yaml:4:17 YML001 a second colon stands on this line",
        "Put the value in quotes if it is a text; write {key: value} if it is a map.",
    ),
    "a value, and keys below it": (
        "  a: rows M1\n    kind: worker\n",
        't.yaml:3:3 YML001 "a" has a value on its line, and keys below it',
        'Take out what stands behind "a:", or the lines below it.',
        "t.yaml:4:5 a key below it",
    ),
}


@pytest.mark.parametrize("case", OTHERS.values(), ids=OTHERS)
def test_other_slips_are_named_as_a_person_would(case: tuple[str, ...]) -> None:
    text, *expected = case
    assert told(HEAD + text) == expected


def test_a_fault_that_nobody_knows_is_told_in_the_words_of_libyaml() -> None:
    said, fix = told(f"{HEAD}  a: @b\n")
    assert said == (
        "t.yaml:3:6 YML001 found character that cannot start any token (while scanning for the next token)"
    )
    assert fix == "Mend it at the place shown."


def test_a_value_behind_a_colon_without_a_space_is_shown_to_nobody() -> None:
    (found,) = loaded(f"{HEAD}  a:\n    passphrase:hunter2\n    kind: worker\n").findings
    assert found.secret
    assert (found.at.line, found.at.column, found.at.end_column) == (4, 5, 23)


WHOLE = HEAD + """  a:
    kind: gateway
    calls: {b: {deadline: "1s", retry: {on: [UNAVAILABLE]}}}
  b:
    serves:
    - x.B
    replicas: 2..4
edges:
  e:
    host: 'www.example'
    routes:
      - {path: /, to: a}
      - path: /b
        to: a
"""  # fmt: skip


@given(st.integers(0, len(WHOLE) - 1), st.sampled_from(["", *"[]{}\"' \n\t:,-#&*!|>%@`x"]), st.booleans())
def test_any_letter_mistyped_gives_findings_with_places_in_the_file(
    place: int, letter: str, more: bool
) -> None:
    """Put in, put in place of another, or left out."""
    text = WHOLE[:place] + letter + WHOLE[place + (0 if more else 1) :]
    lines = text.split("\n")
    for found in loaded(text).findings:
        for at in (found.at, *(each.at for each in found.related)):
            assert 1 <= at.line <= len(lines)
            assert 1 <= at.column <= len(lines[at.line - 1]) + 1
            assert (at.line, at.column) <= (at.end_line, at.end_column) or not at.end_column
