"""A text that is parsed again after an edit reads as one that is parsed for the first time: data, findings, and the place of everything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.load import pieces, spots
from wireplan.load.document import Document
from wireplan.load.entry import entry
from wireplan.load.hidden import spans
from wireplan.load.overlay import merged
from wireplan.load.parse import parse
from wireplan.load.pieces import Pieces
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

TUBE = Path(__file__).parents[2] / "stacks" / "tube"
TEXTS = [(TUBE / name).read_text() for name in ("topology.yaml", "local.yaml", "prod.yaml")] + [
    "# a comment\nsystem: s\nservices:\n  a:\n    environment: {API_TOKEN: hunter2}\n  b:\n    text: |\n      c: d\n\n      e\n",
    "a:\n- b: c\n  d: e\n- f\ng: [\nh, i]\nj: 'k\n  l'\n",
]
LINES = [
    "", "  ", "# c", "new: 1", "  inner: {a: [b, c]}", "    deep: x", "- item", "  - item", "---", "...", "? q", ": r", "\tx: 1",
    "text: |", "  more", 'q: "', "z: [", "]", "}", "&a b: *a", "ü: é", "a\u2028b: c", "a: yes", "crlf: 1\r", "x: {a: 1, a: 2}", "n: # c",
]  # fmt: skip

LETTERS = "ab: -{}[]'\"#é"

EDIT = st.tuples(
    st.sampled_from(["line", "copy", "cut", "letter"]), st.integers(0, 10_000), st.integers(0, 10_000)
)


def edited(text: str, edit: tuple[str, int, int]) -> str:
    """A text with a line more or less, a line twice, or a letter more."""
    kind, where, what = edit
    lines = text.split("\n")
    at = where % len(lines)
    if kind == "line":
        lines.insert(at, LINES[what % len(LINES)])
    elif kind == "copy":
        lines.insert(at, lines[what % len(lines)])
    elif kind == "cut":
        del lines[at : at + 1 + what % 3]
    else:
        column = what % (len(lines[at]) + 1)
        lines[at] = lines[at][:column] + LETTERS[what % len(LETTERS)] + lines[at][column:]
    return "\n".join(lines)


def all_of(document: Document) -> Iterator[Any]:
    """Every node: what it is, and where it stands."""
    stack: list[Node] = [document.root] if document.root else []
    while stack:
        node = stack.pop()
        plain = isinstance(node, ScalarNode)
        yield (
            type(node).__name__,
            node.tag,
            document.place(node),
            (node.value, document.letters(node)) if plain else None,
        )
        if isinstance(node, MappingNode):
            stack.extend(part for pair in node.value for part in pair)
        elif isinstance(node, SequenceNode):
            stack.extend(node.value)


def same(text: str, kept: Pieces) -> None:
    """The text reads the same with what is kept and without."""
    now, found = kept.parse(text, "f")
    fresh, faults = parse(text, "f")
    assert now.data == fresh.data
    assert list(found) == faults
    assert list(all_of(now)) == list(all_of(fresh))
    assert list(spans(now)) == list(spans(fresh))


@given(st.integers(0, len(TEXTS) - 1), st.lists(EDIT, max_size=5))
def test_an_edited_text_reads_as_if_it_were_new(which: int, edits: list[tuple[str, int, int]]) -> None:
    text, kept = TEXTS[which], Pieces()
    same(text, kept)
    for edit in edits:
        text = edited(text, edit)
        same(text, kept)


@pytest.mark.parametrize("text", TEXTS[:4])
def test_what_was_not_edited_is_not_composed_again(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Pieces()
    kept.parse(text, "f")
    composed: list[str] = []
    compose = pieces.composed
    monkeypatch.setattr(pieces, "composed", lambda stretch: composed.append(stretch.text) or compose(stretch))
    lines = text.split("\n")
    last = max(number for number, line in enumerate(lines) if line.startswith("  ") and ":" in line)
    lines.insert(last, "# one line more")
    kept.parse("\n".join(lines), "f")
    assert len(composed) == 1
    assert "# one line more" in composed[0]


def test_under_an_overlay_all_that_was_kept_stands_where_it_would_without() -> None:
    text, over = (
        "# a file\nsystem: s\nservices:\n  a: {replicas: 2}\n  b: {replicas: 3}\n",
        "services:\n  b: {replicas: 4}\n",
    )
    kept = [Pieces().parse(each, name)[0] for each, name in ((text, "f"), (over, "o"))]
    fresh = [parse(each, name)[0] for each, name in ((text, "f"), (over, "o"))]
    assert list(all_of(merged(*kept))) == list(all_of(merged(*fresh)))


def test_a_document_stays_as_it_was_when_its_text_is_edited() -> None:
    text = "system: s\nservices:\n  a: {replicas: 2}\n  b: {replicas: 3}\n"
    kept = Pieces()
    before, _ = kept.parse(text, "f")
    stood = list(all_of(before))
    after, _ = kept.parse(text.replace("  a: {replicas: 2}\n", "  new: {}\n  c: {}\n"), "f")
    assert [str(before.find(("services", name))) for name in "ab"] == ["f:3:3", "f:4:3"]
    assert str(after.find(("services", "b"))) == "f:5:3"
    assert list(all_of(before)) == stood


def test_what_is_kept_does_not_grow_with_the_number_of_edits() -> None:
    kept = Pieces()
    for number in range(50):
        kept.parse(f"system: s\nservices:\n  a: {{replicas: {number}}}\n  b: {{replicas: 3}}\n", "f")
    assert len(kept.owners) <= 2 * sum(len(piece.nodes) for pieces in kept.kept.values() for piece in pieces)


@given(st.integers(0, len(TEXTS) - 1), st.lists(EDIT, max_size=4))
def test_what_can_be_read_of_a_text_stands_where_it_is_written(
    which: int, edits: list[tuple[str, int, int]]
) -> None:
    text = TEXTS[which]
    for edit in edits:
        text = edited(text, edit)
    document = Pieces().readable(text, "f")
    lines = text.split("\n")
    for kind, tag, place, plain in all_of(document):
        if kind == "ScalarNode" and tag == "text" and place.line == place.end_line and "\u2028" not in text:
            written = lines[place.line - 1][place.column - 1 : place.end_column - 1]
            assert plain[0] == written or written[:1] in ("'", '"')


def test_of_a_broken_text_the_whole_entries_are_read() -> None:
    text = "system: s\nservices:\n  a: {calls: [b]}\n  b: {calls: [\n  c: {kind: worker}\ntopics: {t: {}}\n"
    data = Pieces().readable(text, "f").data
    assert data["system"] == "s"
    assert data["services"]["a"] == {"calls": ["b"]}
    assert data["topics"] == {"t": {}}


@given(st.integers(0, len(TEXTS) - 1), st.integers(1, 100))
def test_the_entry_of_a_line_is_the_part_of_the_whole_that_is_there(which: int, line: int) -> None:
    text = TEXTS[which]
    line = 1 + line % max(1, text.count("\n"))
    whole, found = Pieces().readable(text, "f"), entry(text, "f", line)
    for column in (1, 5, 12):
        spot = spots.at(found, line, column)
        assert spot is None or spot == spots.at(whole, line, column)
    keys = [spot for spot in spots.spots(whole) if spot.key and spot.at.line == line]
    assert keys == [spot for spot in spots.spots(found) if spot.key and spot.at.line == line]
