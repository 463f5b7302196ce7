"""The schema of GraphQL is made of the OpenAPI document: what becomes a field, under which name and of which type (row P4)."""

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, graphql_sync, print_type, validate_schema

from tube_platform.graphql.operations import (
    Operation,
    SchemaError,
    camel,
    operations,
)
from tube_platform.graphql.requests import request
from tube_platform.graphql.schema import schema
from tube_platform.limits.policies import CARRIED

COMPONENTS: dict[str, Any] = {
    "Film": {
        "type": "object",
        "required": ["film_id", "kind", "size"],
        "properties": {
            "film_id": {"type": "string"},
            "kind": {"$ref": "#/components/schemas/Kind"},
            "size": {"type": "integer"},
            "rank": {"type": "integer", "minimum": 0, "maximum": 10},
            "share": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Film"}},
            "at": {"type": "object", "properties": {"second": {"type": "integer"}}},
            "anything": {"type": "object", "additionalProperties": True},
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
    },
    "Kind": {"type": "string", "enum": ["long_one", "short_one"]},
    "news__routes__films__Page": {
        "type": "object",
        "properties": {"next-token": {"type": ["string", "null"]}},
    },
}


def answer(reference: str, status: str = "200") -> dict[str, Any]:
    """Responses with a component as the good one."""
    found = {"application/json": {"schema": {"$ref": f"#/components/schemas/{reference}"}}}
    return {"404": {"content": {"application/json": {}}}, status: {"content": found}}


def get(name: str = "film", responses: Any = None, **more: Any) -> dict[str, Any]:
    """An operation."""
    return {"operationId": name, "responses": responses or answer("Film"), **more}


def document(**paths: Any) -> dict[str, Any]:
    """A document with such paths; `_` in a name is a slash."""
    given = {f"/{name.replace('_', '/')}": item for name, item in paths.items()}
    return {"paths": given, "components": {"schemas": COMPONENTS}}


def shown(found: GraphQLSchema, name: str) -> str:
    """A type as GraphQL writes it, on one line."""
    assert validate_schema(found) == []
    return " ".join(print_type(found.type_map[name]).split())


def test_fields_of_an_answer_have_its_types() -> None:
    """What may be left out may be null; numbers are as large as they are; what has no shape is JSON."""
    found = schema(document(film={"get": get()}))
    assert shown(found, "Query") == "type Query { film: Film }"
    assert shown(found, "Film") == (
        "type Film { filmId: String! kind: Kind! size: Long! rank: Int share: Float parts: [Film!] at: FilmAt "
        "anything: JSON either: JSON }"
    )
    assert shown(found, "Kind") == "enum Kind { long_one short_one }"
    assert shown(found, "FilmAt") == "type FilmAt { second: Long }"


def test_types_of_one_name_are_told_apart_by_their_modules() -> None:
    """As FastAPI tells them apart, but shorter."""
    found = schema(document(films={"get": get(responses=answer("news__routes__films__Page"))}))
    assert shown(found, "FilmsPage") == "type FilmsPage { nextToken: String }"


def test_schemas_that_would_be_one_type_are_named() -> None:
    """Else a route would answer with the fields of another's."""
    other = {"type": "object", "properties": {"total": {"type": "integer"}}}
    both = {**COMPONENTS, "news__admin__films__Page": other}
    paths = {
        f"/{name}": {"get": get(name, answer(f"news__{name}__films__Page"))} for name in ("routes", "admin")
    }
    with pytest.raises(SchemaError, match="the type FilmsPage"):
        schema({"paths": paths, "components": {"schemas": both}})


def test_parameters_and_body_are_arguments() -> None:
    """Needed where the route needs them; who asks travels with the request."""
    parameters = [
        {"name": "film_id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "authorization", "in": "header", "schema": {"type": "string"}},
        {
            "name": "kinds",
            "in": "query",
            "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Kind"}},
        },
    ]
    body = {"required": True, "content": answer("Film")["200"]["content"]}
    found = schema(
        document(film={"get": get()}, films={"post": get("put", parameters=parameters, requestBody=body)})
    )
    assert shown(found, "Mutation") == (
        "type Mutation { put(filmId: String!, idempotencyKey: String!, kinds: [Kind!], input: FilmInput!): Film }"
    )
    assert shown(found, "FilmInput").startswith(
        "input FilmInput { filmId: String! kind: Kind! size: Long! rank: Int"
    )


def test_name_is_the_authors_or_made_of_tag_and_function() -> None:
    """FastAPI's own operationId ends in path and method, which says nothing to who asks in GraphQL."""
    made = {"get": get("newest_films_get", tags=["films", "all"]), "post": get("new_film", tags=["films"])}
    bare = {"get": get("hello_v1_get")}
    assert [each.field for each in operations(document(films=made, v1=bare))] == [
        "filmsNewest",
        "newFilm",
        "hello",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("page_size", "pageSize"),
        ("Idempotency-Key", "idempotencyKey"),
        ("already", "already"),
        ("alreadyCamel", "alreadyCamel"),
        ("2nd", "_2nd"),
        ("---", "_"),
        ("__private__", "private"),
    ],
)
def test_names_as_graphql_spells_them(text: str, name: str) -> None:
    """And none begins with two underscores, which are GraphQL's own."""
    assert camel(text) == name


def test_what_graphql_has_no_word_for_is_left_out() -> None:
    """Pages, uploads of files, what sends a browser on, also where it does not always, and what is never limited."""
    page = {"200": {"content": {"text/html": {"schema": {"type": "string"}}}}}
    form = {"content": {"multipart/form-data": {"schema": {}}}}
    paths = {
        "/film": {"get": get()},
        "/page": {"get": get("page", responses=page)},
        "/form": {"post": get("form", requestBody=form)},
        "/login": {"get": get("login", responses={"303": {"description": "Go there"}})},
        "/back": {"get": get("back", responses={**answer("Film"), "303": {}})},
        "/new": {"get": get("new", responses={**answer("Film"), "304": {}})},
        "/.well-known/keys": {"get": get("keys")},
    }
    assert [each.field for each in operations({"paths": paths})] == ["film", "new"]


def test_routes_in_each_others_way_are_named() -> None:
    """Whoever wrote them can tell them apart."""
    with pytest.raises(SchemaError, match=r"GET /a and GET /b would both be the field film: .*operation_id"):
        schema(document(a={"get": get()}, b={"get": get()}))
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("page-size", "page_size")
    ]
    with pytest.raises(SchemaError, match="two arguments"):
        schema(document(a={"get": get(parameters=parameters)}))
    with pytest.raises(SchemaError, match="GET that answers JSON"):
        schema(document(a={"post": get()}))


def test_input_of_a_name_of_graphqls_own_resolver_reaches_the_route() -> None:
    """A parameter may be called as anything in the code is."""
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("info", "_", "self")
    ]
    asked: list[Any] = []

    class Asking:
        async def ask(self, operation: Any, given: Any, key: str) -> Any:
            asked.append(given)

    found = schema(document(a={"get": get(parameters=parameters)}))
    import asyncio

    from graphql import graphql

    query = '{film(info: "1", _: "2", self: "3") {size}}'
    assert asyncio.run(graphql(found, query, context_value=Asking())).errors is None
    assert asked == [{"info": "1", "_": "2", "self": "3"}]


@pytest.mark.parametrize("value", ["true", "1.5", '"1"', "9223372036854775808"])
def test_long_takes_whole_numbers_of_64_bits_only(value: str) -> None:
    """As the route would, but sooner."""
    parameters = [{"name": "size", "in": "query", "schema": {"type": "integer"}}]
    found = schema(document(a={"get": get(parameters=parameters)}))
    assert graphql_sync(found, f"{{film(size: {value}) {{size}}}}").errors


def headers(operation: Operation, *given: tuple[str, str], **arguments: Any) -> dict[str, str]:
    """The headers of a field's request."""
    scope = {"headers": [(name.encode(), value.encode()) for name, value in given]}
    made, _ = request(scope, operation, arguments, carried=False)
    return {name.decode(): value.decode() for name, value in made["headers"]}


def test_headers_of_the_request_are_those_of_its_fields_but_for_what_speaks_of_itself() -> None:
    """Who asks, from where, in which trace; neither its body, nor what it accepts, nor a key, which fields would share."""
    (plain,) = operations(document(a={"get": get()}))
    kept = {
        "authorization": "Bearer x",
        "x-forwarded-for": "192.0.2.1",
        "traceparent": "00-1-2-01",
        "cookie": "a=b",
    }
    own = {
        "content-type": "x",
        "content-length": "9",
        "accept": "x",
        "accept-encoding": "br",
        "if-match": "x",
    }
    own |= {"idempotency-key": "k", "transfer-encoding": "chunked"}
    assert headers(plain, *kept.items(), *own.items()) == {**kept, "accept": "application/json"}


def test_header_that_a_route_takes_is_its_argument_and_never_the_requests() -> None:
    """Whether it was given or not."""
    parameters = [{"name": "X-Tenant", "in": "header", "schema": {"type": "string"}}]
    (route,) = operations(document(a={"get": get(parameters=parameters)}))
    assert headers(route, ("x-tenant", "forged"))["accept"] == "application/json"
    assert "x-tenant" not in headers(route, ("x-tenant", "forged"))
    assert headers(route, ("x-tenant", "forged"), **{"X-Tenant": "mine"})["x-tenant"] == "mine"


@pytest.mark.parametrize("value", ["ключ-1", "a\nb", "a\r\nx-principal: b", "\x00", "é"])
def test_header_that_rest_could_not_send_is_refused(value: str) -> None:
    """Written with question marks, keys of two requests could be the same, and the second would have no effect."""
    parameters = [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}]
    (route,) = operations(document(a={"get": get(parameters=parameters)}))
    with pytest.raises(GraphQLError, match="Idempotency-Key is a header"):
        headers(route, **{"Idempotency-Key": value})
    assert headers(route, **{"Idempotency-Key": "a key ~1"})["idempotency-key"] == "a key ~1"


def test_values_reach_the_route_in_the_words_of_http() -> None:
    """Truths, lists and bodies."""
    parameters = [
        {"name": "film_id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "all", "in": "query", "schema": {"type": "boolean"}},
        {"name": "kinds", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
        {"name": "none", "in": "query", "schema": {"type": "string"}},
    ]
    body = {"content": answer("Film")["200"]["content"]}
    item = {"post": get(parameters=parameters, requestBody=body)}
    (route,) = operations({"paths": {"/films/{film_id}": item}})
    given = {"film_id": "ä", "all": True, "kinds": ["a", "b&c"], "none": None, "input": {"size": 1}}
    made, sent = request({"headers": []}, route, given, carried=True)
    assert (made["method"], made["path"], made["raw_path"]) == ("POST", "/films/ä", b"/films/%C3%A4")
    assert made["query_string"] == b"all=true&kinds=a&kinds=b%26c"
    assert sent == b'{"size": 1}'
    assert dict(made["headers"])[b"content-length"] == b"11"
    assert made[CARRIED] is True
