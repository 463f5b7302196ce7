"""Limits in HTTP: who asks too fast is told 429 and when to come again, and everybody how much is left.

The headers are those of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy: "principal";q=40;w=2` is 40 requests in 2 seconds, and
`RateLimit: "principal";r=12;t=2` says that 12 are left, and all of them again in 2 seconds.
"""

import contextlib
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from starlette.responses import JSONResponse

from tube_platform import tokens
from tube_platform.errors import Problem
from tube_platform.limits.counters import Counters
from tube_platform.limits.gcra import SECOND, Level, Verdict
from tube_platform.limits.policies import Policies, Policy
from tube_platform.tokens import Claims, Verifier
from tube_platform.web import PROBLEM_JSON, Asgi, Message, Receive, Scope, Send

QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"

DOCUMENTED: dict[str, Any] = {
    "description": "Too Many Requests",
    "headers": {
        "Retry-After": {
            "description": "Seconds until the next request is answered",
            "schema": {"type": "integer"},
        },
        "RateLimit-Policy": {
            "description": "The limits: so many requests (q) in so many seconds (w)",
            "schema": {"type": "string"},
        },
        "RateLimit": {
            "description": "What is left of each: requests (r), and seconds until it is whole again (t)",
            "schema": {"type": "string"},
        },
    },
    "content": {PROBLEM_JSON: {"schema": {"type": "object"}}},
}
"""The refusal in an OpenAPI document."""

type Header = tuple[bytes, bytes]


class Limited:
    """An application whose requests are counted."""

    def __init__(
        self, application: Asgi, policies: Policies, counters: Counters, verifier: Verifier | None
    ) -> None:
        self._application = application
        self._policies = policies
        self._counters = counters
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if self._verifier is None or not (token := _token(scope)):
            await self._counted(None, scope, receive, send)
            return
        claims = await self._claims(self._verifier, token)
        if claims is None:
            await self._counted(None, scope, receive, send)
            return
        with tokens.known(self._verifier, token, claims):
            await self._counted(claims.subject, scope, receive, send)

    async def _counted(self, principal: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        policies = self._policies.of(scope, principal)
        if not policies:
            await self._application(scope, receive, send)
            return
        verdict = await self._counters.count([p.key for p in policies], [p.limit for p in policies])
        if verdict.allowed:
            await self._application(scope, receive, _with(send, fields(policies, verdict)))
            return
        # For the metrics: the router does not see this request.
        if route := self._policies.route(scope):
            scope["route"] = SimpleNamespace(path=route.partition(" ")[2])
        await refusal(policies, verdict)(scope, receive, send)

    async def _claims(self, verifier: Verifier, token: str) -> Claims | None:
        """Who asks, as far as a good token says it: who could name anybody could use up anybody's limit."""
        with contextlib.suppress(Problem):
            return await verifier.verify(token)
        return None


def refusal(policies: Sequence[Policy], verdict: Verdict) -> JSONResponse:
    """The answer to a request that is one too many."""
    seconds = max(_seconds(level.wait) for level in verdict.levels)
    body = {
        "type": QUOTA_EXCEEDED,
        "title": "quota_exceeded",
        "status": 429,
        "detail": f"too many requests; the next one is answered in {seconds} s",
        "violated-policies": [
            policy.name for policy, level in zip(policies, verdict.levels, strict=True) if level.wait
        ],
    }
    headers = {name.decode(): value.decode() for name, value in fields(policies, verdict)}
    return JSONResponse(body, 429, {**headers, "retry-after": str(seconds)}, PROBLEM_JSON)


def fields(policies: Sequence[Policy], verdict: Verdict) -> list[Header]:
    """The headers that say what the limits are, and what is left of each."""
    pairs = list(zip(policies, verdict.levels, strict=True))
    said = ", ".join([f'"{each.name}";{level.limit.said}' for each, level in pairs])
    left = ", ".join([f'"{each.name}";r={level.remaining};t={_reset(level)}' for each, level in pairs])
    return [(b"ratelimit-policy", said.encode()), (b"ratelimit", left.encode())]


def _reset(level: Level) -> int:
    """When to come again if that has to be waited for (as Retry-After says), else when everything is there again."""
    return _seconds(level.wait or level.ahead)


def _seconds(microseconds: int) -> int:
    return -(-microseconds // SECOND)


def _with(send: Send, headers: Iterable[Header]) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *headers]
        await send(message)

    return sent


def _token(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return ""
