"""Queries as they are read: parsed, measured, held against the schema, in this order, so that what is refused costs little.

Clients send the same few texts with other variables, so those that were good are remembered: reading one takes longer than most routes take.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)

from tube_platform.errors import Problem
from tube_platform.graphql import bounds as bound
from tube_platform.wiring import GraphqlWiring

MOST_ERRORS = 10
"""Of one query: whoever has so many does not read them."""

REMEMBERED, LONGEST_REMEMBERED = 64, 2_048
"""Texts, and characters of each: in all no more than some twenty megabytes, whatever clients send."""


class RefusedError(Exception):
    """A query of which nothing is done; `code` is the word for programs."""

    def __init__(self, errors: list[GraphQLError], code: str) -> None:
        super().__init__(code)
        self.errors = errors
        self.code = code


@dataclass(slots=True)
class Documents:
    """Reads the queries of one schema."""

    schema: GraphQLSchema
    bounds: GraphqlWiring
    _known: OrderedDict[str, DocumentNode] = field(default_factory=OrderedDict[str, DocumentNode])

    def read(self, query: str) -> DocumentNode:
        """A query that may be executed; raises RefusedError."""
        found = self._known.get(query)
        if found is None:
            found = self._sound(query)
            if len(query) <= LONGEST_REMEMBERED:
                self._known[query] = found
        if query in self._known:
            self._known.move_to_end(query)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _sound(self, query: str) -> DocumentNode:
        try:
            return self._checked(query)
        except RecursionError as error:  # a long chain of fragments, where the bounds allow many fields
            raise RefusedError([GraphQLError("the query is nested too deeply")], "too_deep") from error

    def _checked(self, query: str) -> DocumentNode:
        hidden = not self.bounds.introspection
        rules = [*specified_rules, NoSchemaIntrospectionCustomRule] if hidden else specified_rules
        try:
            found = parse(query, max_tokens=bound.tokens(self.bounds), max_source_length=bound.LONGEST)
            bound.check(found, self.bounds)
        except GraphQLSyntaxError as error:
            raise RefusedError([error], "syntax") from error
        except Problem as problem:
            raise RefusedError([GraphQLError(problem.message)], problem.reason) from problem
        if errors := validate(self.schema, found, rules, max_errors=MOST_ERRORS, hide_suggestions=hidden):
            raise RefusedError(errors, "invalid_query")
        return found
