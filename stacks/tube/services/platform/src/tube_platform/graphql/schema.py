"""The schema: a query for each route that reads, a mutation for each of the others. It is made of the OpenAPI document."""

from collections.abc import Iterable
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
)

from tube_platform.graphql.operations import (
    Json,
    Operation,
    SchemaError,
    operations,
)
from tube_platform.graphql.types import Types, nullable

BODY = "input"


def schema(document: Json) -> GraphQLSchema:
    """The schema of an API; raises SchemaError when its routes cannot be told apart, or none of them reads.

    Fields ask through the context of their execution, which is `requests.Asking`.
    """
    found = operations(document)
    types = Types(document.get("components", {}).get("schemas", {}))
    queries, mutations = [each for each in found if each.safe], [each for each in found if not each.safe]
    if not queries:
        raise SchemaError("GraphQL needs a route with GET that answers JSON")
    return GraphQLSchema(
        query=_root("Query", queries, types),
        mutation=_root("Mutation", mutations, types) if mutations else None,
    )


def _root(name: str, found: Iterable[Operation], types: Types) -> GraphQLObjectType:
    return GraphQLObjectType(name, {each.field: _field(each, types) for each in found})


def _field(operation: Operation, types: Types) -> GraphQLField:
    """It may be null, whatever the route says: an error of one field leaves the others their answers."""
    name = operation.field[0].upper() + operation.field[1:]
    answer = GraphQLBoolean if operation.answer is None else types.output(operation.answer, name)
    arguments = {
        each.argument: GraphQLArgument(
            types.input(each.schema, f"{name}{each.argument}", required=each.required),
            description=each.says or None,
            out_name=each.name,
        )
        for each in operation.parameters
    }
    if operation.body is not None:
        body = types.input(operation.body, f"{name}Input", required=operation.body_required)
        arguments[BODY] = GraphQLArgument(body)
    if len(arguments) < len(operation.parameters) + (operation.body is not None):
        raise SchemaError(
            f"{operation.method.upper()} {operation.path} has two arguments that GraphQL would call the same"
        )

    async def ask(_: Any, info: GraphQLResolveInfo[Any], /, **given: Any) -> Any:
        return await info.context.ask(operation, given, str(info.path.key))

    return GraphQLField(
        nullable(answer),
        args=arguments,
        resolve=ask,
        description=operation.says or None,
    )
