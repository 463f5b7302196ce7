"""Synchronous calls between services: deadline, retries, breaker, fallback (spec rows P5, F1.4, F1.6, F1.7)."""

from typing import Annotated, Literal, cast

from pydantic import Field

from wireplan.model.base import (
    NO_ITEMS,
    WHOLE,
    MethodName,
    Name,
    Part,
    ProtoName,
    Short,
    choices,
    short,
    unsaid,
)
from wireplan.model.units import Duration

StatusCode = Literal[
    "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
    "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
]  # fmt: skip


class Retry(Part):
    """Retries of a call. Only methods whose contract says that they are idempotent are retried."""

    attempts: Annotated[int, Field(ge=1, le=5)] | None = None
    """Attempts in all, the first included; 1 means no retry. gRPC caps it at 5. Two, or one where further calls on the path are repeated, too."""
    initial_backoff: Duration | None = None
    """Wait before the first retry."""
    max_backoff: Duration | None = None
    """The longest wait between two attempts."""
    multiplier: Annotated[float, Field(ge=1, le=10)] | None = None
    """What each wait is multiplied by."""
    on: list[StatusCode] | None = None
    """Status codes that are retried; UNAVAILABLE alone by default."""


class Breaker(Part):
    """The circuit breaker of one call (spec row F1.7)."""

    failure_ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of failed calls in the window that opens it."""
    minimum_calls: Annotated[int, Field(ge=1)] | None = None
    """Calls in the window before the ratio counts."""
    window: Duration | None = None
    """How far back calls are counted."""
    consecutive_failures: Annotated[int, Field(ge=1)] | None = None
    """Failures in a row that open it at once."""
    open_for: Duration | None = None
    """How long it stays open the first time; doubles each time."""
    open_max: Duration | None = None
    """The longest time it stays open."""
    close_after: Annotated[int, Field(ge=1)] | None = None
    """Healthy calls in a row that close it again."""


class Fallback(Part):
    """What the caller answers when the callee does not (spec row F1.6)."""

    kind: Literal["cache", "empty", "error"] = "error"
    """`cache`: the last good answer; `empty`: an answer without the part; `error`: the error itself."""
    cache: Name | None = None
    """The cache that holds the last good answers."""
    ttl: Duration | None = None
    """How long an answer counts as fresh."""
    max_stale: Duration | None = None
    """How old an answer may be when the callee is down."""


def fallback_form(value: object) -> object:
    """`empty` becomes `{kind: empty}`; a map with a cache is of kind cache."""
    if isinstance(value, str):
        return {"kind": value}
    if not isinstance(value, dict):
        return value
    table = cast("dict[str, object]", value)
    return {"kind": "cache", **table} if "cache" in table and "kind" not in table else table


class CallDefaults(Part):
    """What calls say when they say nothing of their own."""

    deadline: Duration | None = None
    """The time one call may take, all attempts together; never more than what is left of the caller's own."""
    retry: Annotated[Retry, Short(short("attempts"), WHOLE)] = unsaid(Retry)
    """Attempts and backoff."""
    breaker: Breaker = unsaid(Breaker)
    """When the breaker opens and closes."""
    load_balancing: Literal["round_robin", "pick_first"] | None = None
    """gRPC load-balancing policy; `round_robin` spreads calls over all pods (spec row A6)."""


class Call(CallDefaults):
    """A synchronous call to another service: gRPC (spec row P5), or HTTP where that is all the callee serves."""

    protocol: Literal["grpc", "http"] | None = None
    """What is spoken; gRPC where the callee serves it, else HTTP."""
    contract: ProtoName | None = None
    """The gRPC service called, where the callee serves several."""
    methods: list[MethodName] = NO_ITEMS
    """The methods called; all of the contract when empty."""
    critical: bool | None = None
    """Whether the caller fails without the answer, whatever its fallback. By default it does, but for a call with a fallback that answers, or to a service of tier secondary."""
    fallback: Annotated[Fallback | None, Short(fallback_form, choices("empty", "error"))] = None
    """What is answered instead when the callee does not answer."""
