"""Changes of a file as an author would type them: what is read afterwards is right, and nothing outside the edit has changed."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.findings import Edit
from wireplan.load import authoring
from wireplan.load.document import Document, Path
from wireplan.load.edits import applied
from wireplan.load.overlay import merged
from wireplan.load.parse import parse


def document(text: str, file: str = "t.yaml") -> Document:
    found, faults = parse(text, file)
    assert faults == []
    return found


def changed(text: str, change: Callable[[Document], Edit | None]) -> str | None:
    """The text after a change; None where it is not certain how it would be typed."""
    edit = change(document(text))
    if edit is None:
        return None
    result, done = applied(text, [edit])
    assert done == (edit,)
    return result


WRITTEN = [
    ("a: {b: 1} # x\n", ("a", "c"), "a: {b: 1, c: 2} # x\n"),
    ("a: {} # x\n", ("a", "c"), "a: {c: 2} # x\n"),
    ("a: {\n  b: 1, # one\n}\n", ("a", "c"), "a: {\n  b: 1, c: 2, # one\n}\n"),
    ("a:\n  b: 1 # x\n\n# y\nd: 3\n", ("a", "c"), "a:\n  b: 1 # x\n  c: 2\n\n# y\nd: 3\n"),
    (
        "a:\n    b: {e: [1,\n      2]} # x\nd: 3\n",
        ("a", "c"),
        "a:\n    b: {e: [1,\n      2]} # x\n    c: 2\nd: 3\n",
    ),
    (
        "a:\n  b:\n    e:\n      - 1\n      - f: 2 # x\n",
        ("a", "c"),
        "a:\n  b:\n    e:\n      - 1\n      - f: 2 # x\n  c: 2\n",
    ),
    ("a:\n  b: 1", ("a", "c"), "a:\n  b: 1\n  c: 2"),
    ("a:\r\n  b: 1\r\n", ("a", "c"), "a:\r\n  b: 1\r\n  c: 2\r\n"),
    ("a: # x\nd: 3\n", ("a", "c"), "a: {c: 2} # x\nd: 3\n"),
    ("a: {b: 1}\n", ("a", "e", "f"), "a: {b: 1, e: {f: 2}}\n"),
    ("a: 1\n", ("e", "f"), "a: 1\ne: {f: 2}\n"),
    ('a: {b: "x, }"}\n', ("a", "c"), 'a: {b: "x, }", c: 2}\n'),
]


@pytest.mark.parametrize(("text", "path", "after"), WRITTEN)
def test_a_value_is_written_in_the_layout_that_is_there(text: str, path: Path, after: str) -> None:
    assert changed(text, lambda found: found.written(path, "2")) == after


NAMED = [
    ("a: [b]\n", "a: [b, c]\n"),
    ("a: []\n", "a: [c]\n"),
    ("a: b # x\n", "a: [b, c] # x\n"),
    ("a: {b: {d: 1}}\n", "a: {b: {d: 1}, c: {}}\n"),
    ("a:\n  b: {d: 1} # x\n", "a:\n  b: {d: 1} # x\n  c: {}\n"),
    ("a:\n  - b # x\n", "a:\n  - b # x\n  - c\n"),
    ("a:\n- b\n", "a:\n- b\n- c\n"),
    ("d: 1\n", "d: 1\na: [c]\n"),
]


@pytest.mark.parametrize(("text", "after"), NAMED)
def test_a_name_joins_the_others_in_whichever_form_they_are(text: str, after: str) -> None:
    assert changed(text, lambda found: found.named(("a",), "c")) == after


LEFT_OUT = [
    ("a: {b: 1, c: 2, d: 3}\n", ("a", "c"), "a: {b: 1, d: 3}\n"),
    ("a: {b: 1, c: 2}\n", ("a", "c"), "a: {b: 1}\n"),
    ("a: {c: 2}\n", ("a", "c"), "a: {}\n"),
    ("a: [b, c, d]\n", ("a", "c"), "a: [b, d]\n"),
    ("a:\n  b: 1\n  c: 2 # x\n  # y\n  d: 3\n", ("a", "c"), "a:\n  b: 1\n  # y\n  d: 3\n"),
    ("a:\n  b: 1\n  c:\n    e: 1\n    f: [1,\n      2]\nd: 3\n", ("a", "c"), "a:\n  b: 1\nd: 3\n"),
    ("a: # x\n  c: 2 # y\nd: 3\n", ("a", "c"), "a: {} # x\nd: 3\n"),
    ("d: 3\na:\n  - c\n", ("a", "c"), "d: 3\n"),
    ("a:\n  - b\n  - c # x\n", ("a", "c"), "a:\n  - b\n"),
    ("a:\n  - {b: 1}\n  - d: 1\n    e: 2\n  - f: 3\n", ("a", 1), "a:\n  - {b: 1}\n  - f: 3\n"),
]


@pytest.mark.parametrize(("text", "path", "after"), LEFT_OUT)
def test_a_value_goes_with_its_key_and_its_comma_or_its_lines(text: str, path: Path, after: str) -> None:
    assert changed(text, lambda found: found.left_out(path)) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a: 1", "a: 1\nl:\n  - x\n"),
        ("{a: 1}\n", "{a: 1, l: [x]}\n"),
        ("a: 1\nl:\n- z\n# end\n", "a: 1\nl:\n- z\n- x\n# end\n"),
        ("a: 1\n... # the end\n", None),
    ],
)
def test_an_item_is_added_to_a_list_of_the_top_level_that_may_not_be_there(
    text: str, after: str | None
) -> None:
    assert changed(text, lambda found: authoring.item(found, "l", "x")) == after


def test_a_list_in_brackets_is_replaced_as_a_whole() -> None:
    assert changed("a: [b, c] # x\n", lambda found: found.rewritten(("a",), "[d]")) == "a: [d] # x\n"
    assert changed("a: {b: 1..4}\n", lambda found: found.rewritten(("a", "b"), "2..4")) == "a: {b: 2..4}\n"


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("a: |\n  text\n", lambda found: found.written(("c",), "2")),
        ("a: 3\n", lambda found: found.written(("a", "c"), "2")),
        ("a: {b}\n", lambda found: found.written(("a", "c"), "2")),
        ("a: 'b'\n", lambda found: found.named(("a",), "c")),
        ("a:\n  - b\n", lambda found: found.rewritten(("a",), "[c]")),
        ("a: {b: 1}\n", lambda found: found.left_out(("a", "c"))),
        ("a:\n  - b: 1\n    c: 2\n", lambda found: found.left_out(("a", 0, "b"))),
    ],
)
def test_where_it_is_not_certain_how_it_would_be_typed_there_is_no_edit(
    text: str, change: Callable[[Document], Edit | None]
) -> None:
    assert changed(text, change) is None


def test_what_is_laid_over_a_file_is_changed_in_its_own_file() -> None:
    base = "a:\n  b: 1\n  c: {d: 1}\n"
    over = "a: {c: {e: 2}, f: {g: 3}}\n"
    both = merged(document(base), document(over, "over.yaml"))
    below = both.written(("a", "c", "x"), "9")
    assert below is not None
    assert (below.at.file, applied(base, [below])[0]) == ("t.yaml", "a:\n  b: 1\n  c: {d: 1, x: 9}\n")
    own = both.written(("a", "f", "x"), "9")
    assert own is not None
    assert (own.at.file, applied(over, [own])[0]) == ("over.yaml", "a: {c: {e: 2}, f: {g: 3, x: 9}}\n")
    gone = both.left_out(("a", "b"))
    assert gone is not None
    assert applied(base, [gone])[0] == "a:\n  c: {d: 1}\n"


# Trees of maps, lists and texts, each written in a layout of its own.
keys = st.sampled_from("abcdef")
leaves = st.sampled_from(["x", "10s", "2..4", "v1.Thing"])
trees: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.dictionaries(keys, inner, max_size=3), st.lists(leaves, max_size=3, unique=True)
    ),
    max_leaves=8,
)
roots = st.dictionaries(keys, trees, min_size=1, max_size=4)
notes = st.sampled_from(["", "", " # note", " # {a: 1}"])
gaps = st.sampled_from(["", "", "\n", "# between\n"])


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A YAML text, and what it says."""
    data = draw(roots)
    return "".join(block(draw, data, 0)), data


def block(draw: st.DrawFn, data: dict[str, Any], indent: int) -> list[str]:
    """The lines of a map in a block."""
    lines: list[str] = []
    step = draw(st.sampled_from([2, 4]))
    for key, value in data.items():
        lines.append(draw(gaps))
        head = f"{' ' * indent}{key}:"
        if isinstance(value, dict) and value and draw(st.booleans()):
            lines += [f"{head}{draw(notes)}\n", *block(draw, value, indent + step)]
        elif isinstance(value, list) and value and draw(st.booleans()):
            dash = " " * (indent + draw(st.sampled_from([0, step])))
            lines += [f"{head}{draw(notes)}\n", *(f"{dash}- {item}{draw(notes)}\n" for item in value)]
        else:
            lines.append(f"{head} {flow(value)}{draw(notes)}\n")
    return lines


def flow(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(value) + "]" if isinstance(value, list) else value


def paths(data: Any, path: Path = ()) -> list[Path]:
    """The paths of all values, in order."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [each for key, value in items for each in [(*path, key), *paths(value, (*path, key))]]


def at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def around(before: str, after: str, edit: Edit) -> bool:
    """Whether a text is the same before and behind an edit."""
    lines = before.splitlines(keepends=True)
    start = sum(map(len, lines[: edit.at.line - 1])) + edit.at.column - 1
    end = sum(map(len, lines[: edit.at.end_line - 1])) + edit.at.end_column - 1
    return after == before[:start] + edit.text + before[end:]


@given(texts(), st.data())
def test_after_a_value_is_written_the_file_says_it_and_else_the_same(
    made: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, said = made
    parents: list[Path] = [(), *(path for path in paths(said) if isinstance(at(said, path), dict))]
    parent = data.draw(st.sampled_from(parents))
    edit = document(text).written((*parent, "new"), "9s")
    assert edit is not None
    after, _ = applied(text, [edit])
    wanted = copy.deepcopy(said)
    at(wanted, parent)["new"] = "9s"
    assert document(after).data == wanted
    assert around(text, after, edit)


@given(texts(), st.data())
def test_after_a_name_is_added_the_file_has_it_and_else_the_same(
    made: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, said = made
    path = data.draw(st.sampled_from([each for each in paths(said) if not isinstance(each[-1], int)]))
    edit = document(text).named(path, "new")
    assert edit is not None
    after, _ = applied(text, [edit])
    wanted = copy.deepcopy(said)
    old = at(wanted, path)
    at(wanted, path[:-1])[path[-1]] = (
        {**old, "new": {}}
        if isinstance(old, dict)
        else [*old, "new"]
        if isinstance(old, list)
        else [old, "new"]
    )
    assert document(after).data == wanted
    assert around(text, after, edit)


@given(texts(), st.data())
def test_after_a_value_is_left_out_the_file_lacks_it_and_says_else_the_same(
    made: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, said = made
    path = data.draw(st.sampled_from(paths(said)))
    edit = document(text).left_out(path)
    if edit is None:
        assert len(said) == 1, "only the last key of a file stays"
        return
    after, _ = applied(text, [edit])
    found = document(after).data
    wanted = copy.deepcopy(said)
    parent = at(wanted, path[:-1])
    del parent[path[-1]]
    if isinstance(parent, list) and not parent and found != wanted:
        del at(wanted, path[:-2])[path[-2]]  # a list in lines goes with its key
    assert found == wanted
    assert around(text, after, edit)
