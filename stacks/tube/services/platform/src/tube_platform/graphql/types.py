"""JSON Schema as GraphQL types. Names of fields become camelCase, and are turned back where values go in."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLFieldResolver,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLString,
)

from tube_platform.graphql.operations import Json, SchemaError, camel

NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
REF = "#/components/schemas/"
INT = range(-(2**31), 2**31)
LONG_RANGE = range(-(2**63), 2**63)


def whole(value: Any) -> int:
    """A whole number of 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in LONG_RANGE:
        raise GraphQLError("Long is a whole number of 64 bits")
    return value


LONG = GraphQLScalarType(
    "Long",
    coerce_output_value=whole,
    coerce_input_value=whole,
    description="A whole number of 64 bits: GraphQL's own Int has 32, too few for bytes.",
)
ANY = GraphQLScalarType("JSON", description="Any JSON: where the API's schema names no fields.")


type Output = Any
type Input = Any
"""Types of graphql-core that go out, and in: its own unions leave the arguments of generics open, which strict checking refuses."""


class Types:
    """The types of one document; each is made once, and only when a field needs it."""

    def __init__(self, components: Json) -> None:
        self._components = components
        self._outputs: dict[str, tuple[Json, Output]] = {}
        self._inputs: dict[str, tuple[Json, Input]] = {}

    def output(self, schema: Json, name: str) -> Output:
        """What comes out; `name` is for an object that has none of its own."""
        found, nullable = _bare(schema)
        made = self._output(*self._named(found, name))
        return made if nullable else GraphQLNonNull(made)

    def input(self, schema: Json, name: str, *, required: bool) -> Input:
        """What goes in."""
        found, nullable = _bare(schema)
        made = self._input(*self._named(found, name))
        return GraphQLNonNull(made) if required and not nullable else made

    def _named(self, schema: Json, name: str) -> tuple[Json, str]:
        reference = str(schema.get("$ref", ""))
        if not reference.startswith(REF):
            return schema, name
        key = reference.removeprefix(REF)
        return self._components[key], type_name(key)

    def _output(self, schema: Json, name: str) -> Output:
        if "properties" in schema:
            return self._kept(self._outputs, name, schema, lambda: self._object(schema, name))
        if schema.get("type") == "array":
            return GraphQLList(self.output(schema.get("items", {}), f"{name}Item"))
        if words := _words(schema):
            return self._kept(self._outputs, name, schema, lambda: _enum(name, words, schema))
        return _scalar(schema)

    def _input(self, schema: Json, name: str) -> Input:
        if "properties" in schema:
            own = name if name.endswith("Input") else f"{name}Input"
            return self._kept(self._inputs, own, schema, lambda: self._input_object(schema, own))
        if schema.get("type") == "array":
            return GraphQLList(self.input(schema.get("items", {}), f"{name}Item", required=True))
        if words := _words(schema):  # an enum may go in and out, and there is one of a name
            return self._kept(self._outputs, name, schema, lambda: _enum(name, words, schema))
        return _scalar(schema)

    def _kept[T](self, table: dict[str, tuple[Json, T]], name: str, schema: Json, make: Callable[[], T]) -> T:
        if name not in table:
            table[name] = schema, make()
        known, made = table[name]
        if known != schema:
            raise SchemaError(
                f"two schemas of the document would both be the type {name}: name one of them otherwise"
            )
        return made

    def _object(self, schema: Json, name: str) -> GraphQLObjectType:
        def fields() -> dict[str, GraphQLField]:
            needed = schema.get("required", ())
            return {
                own: GraphQLField(
                    made if key in needed else nullable(made),
                    resolve=_picked(key),
                    description=each.get("description"),
                )
                for key, own, each in _properties(schema, name)
                for made in [self.output(each, f"{name}{_capital(own)}")]
            }

        return GraphQLObjectType(name, fields, description=schema.get("description"))

    def _input_object(self, schema: Json, name: str) -> GraphQLInputObjectType:
        def fields() -> dict[str, GraphQLInputField]:
            needed = schema.get("required", ())
            return {
                own: GraphQLInputField(
                    self.input(each, f"{name}{_capital(own)}", required=key in needed),
                    out_name=key,
                    description=each.get("description"),
                )
                for key, own, each in _properties(schema, name)
            }

        return GraphQLInputObjectType(name, fields, description=schema.get("description"))


def type_name(key: str) -> str:
    """A component's name. FastAPI tells two of one name apart by their modules, of which the last is enough here."""
    *modules, name = key.split("__")
    return "".join(_capital(camel(part)) for part in (*modules[-1:], name))


def _properties(schema: Json, name: str) -> Iterable[tuple[str, str, Json]]:
    found = [(key, camel(key), each) for key, each in schema["properties"].items()]
    if len({own for _, own, _ in found}) < len(found):
        raise SchemaError(f"{name} has two fields that GraphQL would call the same")
    return found


def _bare(schema: Json) -> tuple[Json, bool]:
    """A schema without its null, and whether it had one."""
    kind = schema.get("type")
    if isinstance(kind, list):
        rest = [each for each in cast("list[str]", kind) if each != "null"]
        found = {**schema, "type": rest[0]} if len(rest) == 1 else {}
        return found, "null" in kind
    choices = cast("list[Json]", schema.get("anyOf") or schema.get("oneOf") or [])
    rest = [each for each in choices if each.get("type") != "null"]
    if not choices:
        return schema, kind is None and "$ref" not in schema and not _words(schema)
    return rest[0] if len(rest) == 1 else {}, len(rest) < len(choices) or len(rest) > 1


def nullable(made: Output) -> Output:
    """The same type, and it may be null."""
    kept: Any = made
    return kept.of_type if isinstance(made, GraphQLNonNull) else kept


def _scalar(schema: Json) -> GraphQLScalarType:
    if schema.get("type") == "integer":
        least, most = schema.get("minimum"), schema.get("maximum")
        small = least is not None and most is not None and least in INT and most in INT
        return GraphQLInt if small or schema.get("format") == "int32" else LONG
    plain = {"string": GraphQLString, "boolean": GraphQLBoolean, "number": GraphQLFloat}
    return plain.get(str(schema.get("type")), ANY)


def _words(schema: Json) -> tuple[str, ...]:
    """The values of an enum, if GraphQL can spell them."""
    found = tuple(cast("list[Any]", schema.get("enum", ())))
    fits = (isinstance(each, str) and NAME.fullmatch(each) and each not in _TAKEN for each in found)
    return found if found and all(fits) else ()


_TAKEN = frozenset({"true", "false", "null"})


def _enum(name: str, words: tuple[str, ...], schema: Json) -> GraphQLEnumType:
    return GraphQLEnumType(name, {each: each for each in words}, description=schema.get("description"))


def _picked(key: str) -> GraphQLFieldResolver:
    def pick(source: Mapping[str, Any], _: GraphQLResolveInfo[Any]) -> Any:
        return source.get(key)

    return pick


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
