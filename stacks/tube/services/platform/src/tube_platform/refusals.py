"""What FastAPI refuses by itself, as application/problem+json (RFC 9457), and an OpenAPI document that says so.

FastAPI answers a request that does not fit the schema with 422 in a form of its own; here it is 400, and 415 where the body is no JSON by its own word.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from tube_platform import web
from tube_platform.errors import Invalid

KEY = "idempotency-key"
OF_A_BODY = {"413": "Content Too Large", "415": "Unsupported Media Type"}
"""How a body is refused before it is read."""


def install(application: FastAPI) -> None:
    """Answer as a problem what does not fit the schema, and correct the document.

    The document is made when somebody asks for it, which takes half a second that a starting pod does not have.
    """
    application.add_exception_handler(RequestValidationError, _invalid)
    original = application.openapi

    def document() -> dict[str, Any]:
        if application.openapi_schema is None:
            application.openapi_schema = corrected(original())
        return application.openapi_schema

    application.openapi = document


def corrected(found: dict[str, Any]) -> dict[str, Any]:
    """A document of FastAPI's without its own 422, and with problems as the only errors."""
    for operations in found.get("paths", {}).values():
        for operation in operations.values():
            _correct(operation["responses"], body="requestBody" in operation)
    schemas = found.get("components", {}).get("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return found


def _correct(responses: dict[str, Any], *, body: bool) -> None:
    errors = [each for status, each in responses.items() if status >= "400"]
    said: list[Any] = [each.get("content", {}).get(web.PROBLEM_JSON) for each in errors]
    problem: Any = {web.PROBLEM_JSON: next((each for each in said if each), {"schema": {"type": "object"}})}
    own = responses.get("422", {}).get("content", {}).get("application/json", {})
    if own.get("schema", {}).get("$ref", "").endswith("/HTTPValidationError"):
        del responses["422"]
        responses.setdefault("400", {"description": "Bad Request", "content": problem})
    if body:
        for status, phrase in OF_A_BODY.items():
            responses.setdefault(status, {"description": phrase, "content": problem})
    for status, response in responses.items():
        if status >= "400" and web.PROBLEM_JSON in response.get("content", {}):
            response["content"] = {web.PROBLEM_JSON: response["content"][web.PROBLEM_JSON]}


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """A request that does not fit the schema: which field, and why, but not its value."""
    if not isinstance(error, RequestValidationError):
        return web.problem_response(Invalid("the request does not fit the schema"))
    if isinstance(error.body, bytes):  # as it came: whoever sent it did not call it JSON
        return web.problem_response(Invalid("the body has to be application/json", "unsupported_media_type"))
    found = error.errors()
    missing = {str(each["loc"][-1]).lower() for each in found if each["type"] == "missing"}
    if KEY in missing:
        return web.problem_response(
            Invalid("the header Idempotency-Key is needed", "idempotency_key_missing")
        )
    text = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {_words(each)}" for each in found)
    return web.problem_response(Invalid(text, "schema"))


def _words(found: dict[str, Any]) -> str:
    """What is wrong, for people: a pattern is for programs, and stands in the OpenAPI document."""
    pattern = found["type"] == "string_pattern_mismatch"
    return "it does not have the form that the OpenAPI document gives" if pattern else found["msg"]
