"""The measure of a query: the same however it is spelled, and what is beyond a bound is refused with its name (row P4)."""

from dataclasses import dataclass
from typing import Any

import pytest
from graphql import parse
from hypothesis import given
from hypothesis import strategies as st

from tube_platform.errors import Invalid
from tube_platform.graphql.bounds import (
    LEAST_TOKENS,
    REASONS,
    Size,
    check,
    tokens,
)
from tube_platform.wiring import GraphqlWiring


@dataclass(frozen=True)
class Field:
    """A field of a query, and what is asked below it."""

    alias: bool
    below: "tuple[Field, ...]"


def trees(most: int = 4) -> st.SearchStrategy[tuple[Field, ...]]:
    """Selections of any shape."""
    fields: Any = st.recursive(
        st.builds(Field, st.booleans(), st.just(())),
        lambda inner: st.builds(Field, st.booleans(), st.lists(inner, max_size=3).map(tuple)),
        max_leaves=12,
    )
    return st.lists(fields, min_size=1, max_size=most).map(tuple)


def measured(selection: tuple[Field, ...]) -> Size:
    """The measure by its definition."""

    def depth(each: Field) -> int:
        return 1 + max((depth(inner) for inner in each.below), default=0)

    def every(fields: tuple[Field, ...]) -> list[Field]:
        return [one for each in fields for one in (each, *every(each.below))]

    found = every(selection)
    return Size(max(map(depth, selection)), len(found), len(selection), sum(each.alias for each in found))


class Spelled:
    """A query in GraphQL's words, in which any selection may stand in a fragment of its own."""

    def __init__(self, data: st.DataObject, selection: tuple[Field, ...]) -> None:
        self._data = data
        self._fragments: list[str] = []
        body = self._selection(selection)
        self.text = " ".join([f"query {body}", *self._fragments])

    def _selection(self, fields: tuple[Field, ...]) -> str:
        body = " ".join(self._field(each) for each in fields)
        how = self._data.draw(st.sampled_from(["plain", "inline", "named", "in two"]))
        if how == "inline":
            return f"{{... {{{body}}}}}"
        if how == "named":
            return f"{{{self._named(body)}}}"
        if how == "in two" and len(fields) > 1:
            first, rest = self._field(fields[0]), " ".join(self._field(each) for each in fields[1:])
            return f"{{{self._named(first)} ... on T {{{rest}}}}}"
        return f"{{{body}}}"

    def _field(self, each: Field) -> str:
        name = "x: f" if each.alias else "f"
        return f"{name} {self._selection(each.below)}" if each.below else name

    def _named(self, body: str) -> str:
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on T {{{body}}}")
        return f"...{name}"


@given(selection=trees(), data=st.data())
def test_a_bound_lets_through_what_is_within_it_and_nothing_else(
    selection: tuple[Field, ...], data: st.DataObject
) -> None:
    """By one field, one level, one alias; and fragments hide nothing."""
    size, document = measured(selection), parse(Spelled(data, selection).text)
    exact: dict[str, Any] = {name: max(1, getattr(size, name)) for name in REASONS}
    check(document, GraphqlWiring(**exact))
    for name, reason in REASONS.items():
        if getattr(size, name) > 1:
            with pytest.raises(Invalid) as refused:
                check(document, GraphqlWiring(**{**exact, name: exact[name] - 1}))
            assert refused.value.reason == reason


def test_what_is_asked_of_the_schema_counts_by_its_aliases_alone() -> None:
    """Tools ask for many fields and go deep; under other names the whole schema could be asked for a hundred times."""
    deep = "{a: __schema {types {fields {type {name}}} queryType {name}}}"
    check(parse(deep), GraphqlWiring(depth=1, fields=1, root_fields=1, aliases=1))
    many = "{__schema {a: types {name} ...F}} fragment F on __Schema {b: types {name} c: types {name}}"
    check(parse(many), GraphqlWiring(aliases=3))
    with pytest.raises(Invalid) as refused:
        check(parse(many), GraphqlWiring(aliases=2))
    assert refused.value.reason == "too_many_aliases"


def test_every_query_of_a_document_is_within_the_bounds() -> None:
    """Not only the one that is to be executed: all of them are validated."""
    with pytest.raises(Invalid):
        check(parse("query small {a} query large {a {b {c}}}"), GraphqlWiring(depth=2))


def test_directives_make_no_query_smaller() -> None:
    """A variable would decide what it costs."""
    with pytest.raises(Invalid):
        check(parse("{a @skip(if: true) b @include(if: false)}"), GraphqlWiring(root_fields=1))


def test_tokens_grow_with_the_fields_that_are_allowed() -> None:
    """A query of few fields may still say what they are."""
    assert tokens(GraphqlWiring(fields=1)) == LEAST_TOKENS
    assert tokens(GraphqlWiring(fields=500)) == 5_000
