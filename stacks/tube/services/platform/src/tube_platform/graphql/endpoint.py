"""`POST /graphql`, by the GraphQL over HTTP specification (draft): JSON in, and JSON out as the client accepts it.

Nothing else is a way in: no GET, which links and images could make; no forms, which other sites could send with a person's cookies; no
stored queries.
"""

import asyncio
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    GraphQLError,
    execute,  # pyright: ignore[reportUnknownVariableType] - its own types leave the arguments of generics open
)
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from tube_platform import logs
from tube_platform.errors import Invalid
from tube_platform.graphql.documents import MOST_ERRORS, Documents, RefusedError
from tube_platform.graphql.operations import JSON, Json
from tube_platform.graphql.requests import Asking
from tube_platform.graphql.schema import schema
from tube_platform.web import Asgi
from tube_platform.wiring import GraphqlWiring, WiringError

log = logs.get(__name__)

PATH = "/graphql"
RESPONSE_JSON = "application/graphql-response+json"


@dataclass(frozen=True, slots=True)
class Question:
    """One query of a client."""

    query: str
    variables: dict[str, Any]
    operation: str | None


@dataclass(slots=True)
class Endpoint:
    """Answers queries. `document` makes the OpenAPI document, `served` is the application behind its limits."""

    document: Callable[[], Json]
    bounds: GraphqlWiring
    served: Asgi | None = None
    _documents: Documents | None = None
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, request: Request) -> JSONResponse:
        """One request: a query, or as many as the bounds allow."""
        kind = _accepted(request)
        questions, several = await _questions(request, self.bounds.batch)
        known = await self._known()
        found: list[dict[str, Any]] = []
        for number, each in enumerate(questions):
            asking = Asking(cast("Asgi", self.served), request.scope, carried=number == 0)
            found.append(await self._one(known, each, asking))
        if several:
            return JSONResponse(found, media_type=kind)
        (one,) = found
        return JSONResponse(one, 400 if kind == RESPONSE_JSON and "data" not in one else 200, media_type=kind)

    async def _known(self) -> Documents:
        """The schema. It is made once, when somebody asks: that takes half a second, which other requests do not wait for."""
        async with self._making:
            if self._documents is None:
                made = await asyncio.to_thread(lambda: schema(self.document()))
                self._documents = Documents(made, self.bounds)
        return self._documents

    async def _one(self, documents: Documents, question: Question, asking: Asking) -> dict[str, Any]:
        try:
            document = documents.read(question.query)
        except RefusedError as refused:
            return _refused(refused.errors, refused.code)
        result: Any = execute(
            documents.schema,
            document,
            context_value=asking,
            variable_values=question.variables,
            operation_name=question.operation,
            max_coercion_errors=MOST_ERRORS,
            hide_suggestions=not self.bounds.introspection,
        )
        if inspect.isawaitable(result):
            result = await result
        return _answered(result, asking)


def install(application: Any, bounds: GraphqlWiring, limited: Callable[[Any], Asgi]) -> Asgi:
    """Add the endpoint to an application; what is to be served, which is what `limited` makes of it."""
    document = getattr(application, "openapi", None)
    if document is None:
        raise WiringError(
            "GraphQL is made of the OpenAPI document, and this application makes none: serve a FastAPI one"
        )
    endpoint = Endpoint(document, bounds)
    application.add_api_route(PATH, endpoint.answer, methods=["POST"], include_in_schema=False)
    endpoint.served = limited(application)
    return endpoint.served


def _accepted(request: Request) -> str:
    """The media type of the answer."""
    accept = request.headers.get("accept", "*/*")
    if RESPONSE_JSON in accept:
        return RESPONSE_JSON
    if any(each in accept for each in (JSON, "*/*", "application/*")):
        return JSON
    raise HTTPException(406)


async def _questions(request: Request, most: int) -> tuple[list[Question], bool]:
    """The queries of a request, and whether it is a list of them."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise HTTPException(415)
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Invalid("the body is no JSON", "not_json") from error
    if not isinstance(body, list):
        return [_question(body)], False
    several = cast("list[Any]", body)
    if not 0 < len(several) <= most:
        raise Invalid(f"a request has {len(several)} queries, and may have {most}", "too_many_queries")
    return [_question(each) for each in several], True


def _question(body: Any) -> Question:
    given = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(query, str) or not isinstance(variables or {}, dict) or not isinstance(name or "", str):
        raise Invalid("a query is {query: text, variables: {...}, operationName: text}", "not_graphql")
    return Question(query, variables or {}, name or None)


def _answered(result: Any, asking: Asking) -> dict[str, Any]:
    """The answer to a query that was executed, or whose variables do not fit."""
    if result.data is None and all(error.path is None for error in result.errors or ()):
        return _refused(result.errors or [], "invalid_query")
    found: dict[str, Any] = {"data": result.data}
    if result.errors:
        found["errors"] = [_shown(error, "internal") for error in result.errors]
    if asking.degraded:
        found["extensions"] = {"degraded": asking.degraded}
    return found


def _refused(errors: list[GraphQLError], code: str) -> dict[str, Any]:
    """The answer to a query of which nothing was done."""
    return {"errors": [_shown(error, code) for error in errors]}


def _shown(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error for the client: what a route said in its own words; what broke here, in none."""
    cause = error.original_error
    if cause is not None and not isinstance(cause, GraphQLError):
        log.error("a field failed", exc_info=cause)
        error = GraphQLError("something went wrong here", error.nodes, path=error.path)
    shown: dict[str, Any] = dict(error.formatted)
    shown["extensions"] = {"code": code, **(error.extensions or {})}
    return shown
