"""Edits go where they were made for, and nothing else of a text changes."""

from hypothesis import given
from hypothesis import strategies as st
from wireplan.findings import Edit, Place
from wireplan.load.edits import applied

TEXT = "a: 1 # one\r\nb: [2,\n  3]\nc: ä4\n"


def edit(text: str, *at: int) -> Edit:
    return Edit(Place("f", *at), text)


def test_comments_line_ends_and_layout_stay() -> None:
    text, done = applied(TEXT, [edit("7", 1, 4, 1, 5), edit("5", 4, 5, 4, 6)])
    assert text == "a: 7 # one\r\nb: [2,\n  3]\nc: ä5\n"
    assert len(done) == 2


def test_a_stretch_may_be_of_several_lines() -> None:
    assert applied(TEXT, [edit("x", 2, 4, 3, 5)])[0] == "a: 1 # one\r\nb: x\nc: ä4\n"


def test_of_two_that_overlap_the_first_is_put_in() -> None:
    text, done = applied(TEXT, [edit("y", 3, 3, 3, 4), edit("x", 2, 4, 3, 5)])
    assert text == "a: 1 # one\r\nb: x\nc: ä4\n"
    assert [each.text for each in done] == ["x"]


def test_the_same_edit_twice_is_one() -> None:
    assert applied(TEXT, [edit("7", 1, 4, 1, 5)] * 2)[0].startswith("a: 7 #")


def test_a_place_that_the_text_does_not_have_changes_nothing() -> None:
    assert applied(TEXT, [edit("x", 9, 1, 9, 2), edit("x", 1, 1)]) == (TEXT, ())


@given(st.text(max_size=30), st.lists(st.tuples(*[st.integers(1, 8)] * 4, st.text(max_size=3)), max_size=4))
def test_any_edits_leave_what_is_outside_of_them(
    text: str, wanted: list[tuple[int, int, int, int, str]]
) -> None:
    edits = [edit(new, *at) for *at, new in wanted]
    result, done = applied(text, edits)
    if not done:
        assert result == text
    assert set(done) <= set(edits)
