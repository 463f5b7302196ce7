"""How large a query may be. It is measured as it is written, before anything is spent on it.

Directives (`@include`, `@skip`) change nothing in the measure: what may be asked is what counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from tube_platform.errors import Invalid
from tube_platform.wiring import GraphqlWiring

INTROSPECTION = frozenset({"__schema", "__type"})
"""What tools ask of a schema is deep, and of many fields: graphql-core bounds its depth, where it is allowed at all. Its aliases count as all others do."""

TOKENS_OF_A_FIELD, LEAST_TOKENS = 10, 1_000
"""A field has a name, an alias, arguments and braces."""

LONGEST = 65_536
"""Characters of a query; what is long goes into its variables."""


@dataclass(frozen=True, slots=True)
class Size:
    """The measure of a selection: `depth` of its fields, how many there are in all and at its top, and how many have an alias."""

    depth: int = 0
    fields: int = 0
    root_fields: int = 0
    aliases: int = 0

    def __add__(self, other: "Size") -> "Size":
        return Size(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.root_fields + other.root_fields,
            self.aliases + other.aliases,
        )


def tokens(bounds: GraphqlWiring) -> int:
    """Tokens that a query may have: the parser stops there."""
    return max(LEAST_TOKENS, TOKENS_OF_A_FIELD * bounds.fields)


def check(document: DocumentNode, bounds: GraphqlWiring) -> None:
    """Refuse what is too large; raises Invalid with the bound that it is beyond."""
    fragments = {
        each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    }
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            _within(_Measure(fragments).of(each.selection_set), bounds)


def _within(size: Size, bounds: GraphqlWiring) -> None:
    for name, reason in REASONS.items():
        found, most = getattr(size, name), getattr(bounds, name)
        if found > most:
            raise Invalid(f"the query is beyond a bound of this API: {name} {found}, at most {most}", reason)


REASONS = {
    "depth": "too_deep",
    "root_fields": "too_many_root_fields",
    "aliases": "too_many_aliases",
    "fields": "too_many_fields",
}


class _Measure:
    """Measures each fragment once, so that fragments of fragments of fragments cost nothing."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Size | None] = {}

    def of(self, selections: SelectionSetNode | None) -> Size:
        found = Size()
        for each in selections.selections if selections else ():
            if isinstance(each, FieldNode):
                found += self._field(each)
            elif isinstance(each, FragmentSpreadNode):
                found += self._fragment(each.name.value)
            elif isinstance(each, InlineFragmentNode):
                found += self.of(each.selection_set)
        return found

    def _field(self, node: FieldNode) -> Size:
        below = self.of(node.selection_set)
        if node.name.value in INTROSPECTION:
            below = Size(aliases=below.aliases)
        return Size(below.depth + 1, below.fields + 1, 1, below.aliases + (node.alias is not None))

    def _fragment(self, name: str) -> Size:
        if name not in self._fragments:
            return Size()  # whether there is such a one is the validation's question
        if name not in self._known:
            self._known[name] = None
            self._known[name] = self.of(self._fragments[name].selection_set)
        found = self._known[name]
        if found is None:
            raise Invalid(f"fragment {name} leads back to itself", "fragment_cycle")
        return found
