"""Lines and columns of YAML and of the protocol are the same places, whatever the letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.editor.positions import Text
from wireplan.findings import Place

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
TEXTS = st.text(alphabet="ab: é€🛒\n\r\u2028", max_size=40)


@given(TEXTS, st.sampled_from(ENCODINGS), st.integers(0, 50))
def test_a_letter_is_found_again_by_its_position(text: str, encoding: str, where: int) -> None:
    counted = Text(text, encoding)
    offset = min(where, len(text))
    if text[offset - 1 : offset + 1] != "\r\n":
        assert counted.offset(counted.position(offset)) == offset


@given(TEXTS, st.integers(0, 50))
def test_a_place_of_yaml_and_its_letter_are_one(text: str, where: int) -> None:
    counted = Text(text)
    offset = min(where, len(text))
    line, column = counted.place(counted.position(offset))
    if text[offset - 1 : offset + 1] != "\r\n":
        assert counted.letters(Place("f", line, column, line, column))[0] == offset


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 12), ("utf-16", 9), ("utf-32", 8)])
def test_columns_are_counted_in_the_units_of_the_editor(encoding: str, column: int) -> None:
    text = Text("a: x\nb: 🛒 é, c: d\n", encoding)
    assert text.position(text.text.index("c:")) == (1, column)
    assert text.place((1, column)) == (2, 9)


def test_a_letter_that_ends_lines_for_yaml_alone_keeps_the_lines_of_the_editor() -> None:
    text = Text("# one\u2028two\na: b\n")
    assert text.range(Place("f", 3, 4, 3, 5)) == ((1, 3), (1, 4))


def test_a_place_without_an_end_goes_over_its_word() -> None:
    assert Text("a: some.word, b").range(Place("f", 1, 4)) == ((0, 3), (0, 12))
    assert Text("a: ").range(Place("f", 9, 9)) == ((0, 3), (0, 3))
