"""Around every call: is it wanted, does the breaker let it through, what is answered in its place (rows F1.4, F1.6, F1.7).

Retries are gRPC's own and lie inside: one call counts once, however often it was tried. Their budget is gRPC's, too (retryThrottling in the
service config: a channel whose calls fail retries no more, until others succeed).

A failure counts where it speaks of the callee's health. That a callee has no such video, that its one limit which has a name is reached, or that
what is behind it was switched off, or that a system which is not ours is away, is an answer. So is a deadline that was short when the call began: it says more about who asks.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio

from tube_platform import deadlines, logs, metrics
from tube_platform.errors import Beyond
from tube_platform.resilience import degraded
from tube_platform.resilience.breaker import Breaker, State, Verdict
from tube_platform.resilience.fallback import Fallback
from tube_platform.rpc import codes
from tube_platform.wiring import Call

log = logs.get(__name__)

SICK = frozenset({
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.CANCELLED,  # it stopped with the call in hand; who gives up here gets CancelledError
})  # fmt: skip
"""Status codes that speak of the callee's health (reliability.md 4)."""

FIGURES = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}

SWITCHED_OFF = "switched_off"

ANSWERS = frozenset({SWITCHED_OFF, Beyond.default_reason})
"""Reasons by which a callee that is well says that something cannot be had."""

READ, WRITE = "read", "write"
"""Classes of methods: those without side effects, by their contract, and all others. A callee whose database takes no writes may still read."""

type Refused = Callable[[], str]


def _never() -> str:
    return ""


@dataclass(slots=True)
class Guard:
    """What stands before the calls of one callee. `refused` says why it is not to be asked, if it is not."""

    callee: str
    wiring: Call
    fallback: Fallback | None = None
    refused: Refused = _never
    breakers: dict[str, Breaker] = field(init=False)
    _reads: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """A breaker for each class."""
        self._reads = frozenset(f"/{self.wiring.service}/{name}" for name in self.wiring.reads)
        own = self.wiring.breaker
        classes = (READ, WRITE) if own else ()
        self.breakers = {kind: Breaker(own, self._teller(kind)) for kind in classes if own}
        for kind in classes:
            metrics.breaker_state.labels(self.callee, kind).set(FIGURES[State.CLOSED])

    def ill(self) -> bool:
        """Whether one of its breakers refuses calls now. One that may be tried does not: else a feature that is off would never call again."""
        return any(breaker.refuses() for breaker in self.breakers.values())

    def kind(self, method: str) -> str:
        """The class of a method."""
        return READ if method in self._reads else WRITE

    def _teller(self, kind: str) -> Callable[[State, str], None]:
        def told(state: State, why: str) -> None:
            metrics.breaker_state.labels(self.callee, kind).set(FIGURES[state])
            metrics.breaker_transitions.labels(self.callee, kind, state.value).inc()
            log.warning("breaker", target=self.callee, method_class=kind, state=state.value, why=why)

        return told


type Make = Callable[[Any, float | None, Sequence[tuple[str, str | bytes]]], Awaitable[Any]]


class Guarded:
    """A method of a callee: what a stub has, and its user calls. `make` makes a call, with the time that its caller gives it and his metadata."""

    def __init__(self, guard: Guard, make: Make, method: str) -> None:
        self._guard = guard
        self._make = make
        self._method = method
        self._kind = guard.kind(method)

    async def __call__(
        self,
        request: Any,
        *,
        timeout: float | None = None,
        metadata: Sequence[tuple[str, str | bytes]] = (),
    ) -> Any:
        """One call, or what is answered in its place."""
        fallback = self._guard.fallback
        if fallback is None or self._kind == WRITE or degraded.is_forbidden():
            return await self._called(request, timeout, metadata)
        method = self._method
        if (known := await fallback.before(method, request)) is not None:
            return known
        try:
            with degraded.collecting() as notes:
                answer = await self._called(request, timeout, metadata)
        except grpc.aio.AioRpcError as error:
            instead = await fallback.instead(method, request) if error.code() in SICK else None
            if instead is None:
                raise
            metrics.fallbacks.labels(self._guard.callee, method, error.code().name).inc()
            return instead
        degraded.restore(notes.values())
        if not notes:  # what has a part missing would later be given as if it were whole
            fallback.after(method, request, answer)
        return answer

    async def _called(
        self, request: Any, seconds: float | None, metadata: Sequence[tuple[str, str | bytes]]
    ) -> Any:
        kind = self._kind
        if why := self._guard.refused():
            raise self._refusal(kind, SWITCHED_OFF, f"{self._guard.callee} is switched off: {why}")
        breaker = self._guard.breakers.get(kind)
        if breaker is None:
            return await self._make(request, seconds, metadata)
        permit = breaker.enter()
        if permit is None:
            raise self._refusal(
                kind, "breaker_open", f"{self._guard.callee} failed too often to be asked now"
            )
        verdict = Verdict.NOTHING
        ample = deadlines.ample(self._guard.wiring.deadline, seconds)
        try:
            answer = await self._make(request, seconds, metadata)
            verdict = Verdict.HEALTHY
            return answer
        except grpc.aio.AioRpcError as error:
            verdict = judged(error, ample=ample)
            raise
        finally:
            breaker.leave(permit, verdict)

    def _refusal(self, kind: str, reason: str, text: str) -> grpc.aio.AioRpcError:
        """As if the callee had said so, so that all who handle its absence handle this."""
        metrics.calls_refused.labels(self._guard.callee, kind, reason).inc()
        trailing = grpc.aio.Metadata((codes.REASON_KEY, reason))
        return grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), trailing, text)


def judged(error: grpc.aio.AioRpcError, *, ample: bool) -> Verdict:
    """What an error says of the callee's health; `ample` is whether the call had the time that calls of it have."""
    code = error.code()
    if code is grpc.StatusCode.DEADLINE_EXCEEDED and not ample:
        return Verdict.NOTHING
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and codes.names_a_limit(error):
        return Verdict.HEALTHY
    if codes.reason(error) in ANSWERS:
        return Verdict.HEALTHY
    return Verdict.FAILED if code in SICK else Verdict.HEALTHY
