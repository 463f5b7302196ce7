"""A field asks its route: the request that a REST client would have made, through the same application and its limits.

So who asks, what it costs, how long it may take, what happens once for a key and what is answered in place of an answer is decided
where it is decided for REST, by the same code. The request never leaves the process.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote, urlencode

from graphql import GraphQLError
from opentelemetry.trace import SpanKind

from tube_platform import logs, metrics, telemetry
from tube_platform.graphql.operations import JSON, Operation
from tube_platform.graphql.schema import BODY
from tube_platform.limits.policies import CARRIED
from tube_platform.resilience import degraded
from tube_platform.web import Asgi, Message, Scope

log = logs.get(__name__)

KEPT = ("asgi", "http_version", "scheme", "server", "client", "root_path", "extensions")
OF_A_BODY = ("content-", "if-")
OF_THE_REQUEST = frozenset(
    [
        "accept",
        "accept-encoding",
        "connection",
        "expect",
        "idempotency-key",
        "range",
        "te",
        "transfer-encoding",
    ]
)
"""Headers that speak of the GraphQL request itself, of its body or of its answer; all others are the fields', too."""
FLAGS = {True: "true", False: "false"}
HEADER = re.compile(r"[ -~]*")
UNFIT = {"code": "schema", "status": 400}
"""What a route says to a request that does not fit it, said before it is asked."""

type Header = tuple[bytes, bytes]


@dataclass(slots=True)
class Answer:
    """What a route answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    def json(self) -> Any:
        """Its body, if it is JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(slots=True)
class Asking:
    """One query under way. `degraded` collects which of its fields lack something; the first field is paid for by the request itself."""

    served: Asgi
    scope: Scope
    carried: bool = True
    degraded: dict[str, str] = field(default_factory=dict[str, str])

    async def ask(self, operation: Operation, given: Mapping[str, Any], key: str) -> Any:
        """The answer of a route, as JSON; raises GraphQLError for what it refuses."""
        carried, self.carried = self.carried, False
        scope, body = request(self.scope, operation, given, carried=carried)
        with telemetry.span(f"graphql {operation.field}", SpanKind.INTERNAL), degraded.collecting() as notes:
            answer = await _answer(self.served, scope, body)
        if notes:
            self.degraded[key] = degraded.text(notes)
            degraded.restore(notes.values())
        metrics.graphql_fields.labels(operation.field, answer.status).inc()
        if not 200 <= answer.status < 300:
            raise refusal(answer)
        return answer.json() if operation.answer is not None else True


def refusal(answer: Answer) -> GraphQLError:
    """A problem as GraphQL says it: the sentence as message, the word for programs and the rest in `extensions`."""
    found = answer.json()
    problem = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "unknown"
    code = str(problem.get("title") or phrase.lower().replace(" ", "_"))
    extensions: dict[str, Any] = {"code": code, "status": answer.status}
    if "errors" in problem:
        extensions["errors"] = problem["errors"]
    if "violated-policies" in problem:
        extensions["violatedPolicies"] = problem["violated-policies"]
    if answer.headers.get("retry-after", "").isdigit():
        extensions["retryAfter"] = int(answer.headers["retry-after"])
    return GraphQLError(str(problem.get("detail") or phrase), extensions=extensions)


def request(
    scope: Scope, operation: Operation, given: Mapping[str, Any], *, carried: bool
) -> tuple[dict[str, Any], bytes]:
    """The request of a route, as a scope of ASGI and a body. `given` has arguments by the names of HTTP."""
    said = {each.name: each for each in operation.parameters if given.get(each.name) is not None}
    path = re.sub(r"\{(\w+)\}", lambda found: _part(found[1], given), operation.path)
    query = [(name, given[name]) for name, each in said.items() if each.place == "query"]
    body = json.dumps(given[BODY]).encode() if given.get(BODY) is not None and operation.body else b""
    own = [(name, _text(given[name])) for name, each in said.items() if each.place == "header"]
    made = {
        **{name: scope[name] for name in KEPT if name in scope},
        "type": "http",
        "method": operation.method.upper(),
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": urlencode([(name, text) for name, value in query for text in _texts(value)]).encode(),
        "headers": list(_headers(scope, operation, own, body)),
        CARRIED: carried,
    }
    return made, body


def _headers(scope: Scope, operation: Operation, own: list[tuple[str, str]], body: bytes) -> Iterator[Header]:
    own_names = OF_THE_REQUEST | {
        each.name.lower() for each in operation.parameters if each.place == "header"
    }
    for name, value in scope["headers"]:
        text = name.decode("latin-1")
        if not text.startswith(OF_A_BODY) and text not in own_names:
            yield name, value
    yield b"accept", JSON.encode()
    for name, text in own:
        yield name.lower().encode(), _header(name, text)
    if body:
        yield b"content-type", JSON.encode()
        yield b"content-length", str(len(body)).encode()


def _part(name: str, given: Mapping[str, Any]) -> str:
    """A value in its place in a path, which it cannot lead out of: another route would answer in place of the one that was asked."""
    text = _text(given.get(name, ""))
    if not text or "/" in text:
        raise GraphQLError(f"{name} is one part of a path: not empty, and without a slash", extensions=UNFIT)
    return text


def _header(name: str, text: str) -> bytes:
    """A value as a header carries it. What a client of REST could not send is refused: changed, two keys could become one."""
    if not HEADER.fullmatch(text):
        raise GraphQLError(f"{name} is a header: visible characters of ASCII, and blanks", extensions=UNFIT)
    return text.encode()


def _text(value: Any) -> str:
    return FLAGS[value] if isinstance(value, bool) else str(value)


def _texts(value: Any) -> Iterator[str]:
    yield from map(_text, cast("list[Any]", value) if isinstance(value, list) else [value])


async def _answer(served: Asgi, scope: dict[str, Any], body: bytes) -> Answer:
    answer, sent = Answer(), False

    async def receive() -> Message:
        nonlocal sent
        if sent:  # nobody goes away before the answer is there
            await asyncio.get_running_loop().create_future()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            headers = message.get("headers", ())
            answer.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")

    try:
        await served(scope, receive, send)
    except Exception:  # the application has answered 500, and wants it to be known
        log.exception("request of a field failed", route=scope["path"])
        answer.status = answer.status or 500
    return answer
