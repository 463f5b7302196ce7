"""Calls of a service: target, deadline, retries, breaker, fallback (spec rows P5, A6, F1.4, F1.6, F1.7)."""

from collections.abc import Mapping

from wireplan.model.calls import Call as WrittenCall
from wireplan.model.calls import Fallback as WrittenFallback
from wireplan.model.services import spoken
from wireplan.records import dataclass
from wireplan.topology import breakers, defaults, grpc, names
from wireplan.topology.context import Context, pick, seconds
from wireplan.topology.fallbacks import ANSWERS
from wireplan.topology.types import Call, Fallback, Retry


@dataclass(frozen=True, slots=True)
class Limits:
    """What follows for each call, by (caller, callee), from all others: its deadline, and its attempts."""

    deadlines: Mapping[tuple[str, str], float]
    attempts: Mapping[tuple[str, str], int]


def calls(context: Context, caller: str, limits: Limits) -> dict[str, Call]:
    """All calls of `caller`, by callee."""
    written = context.system.services[caller].calls
    return {callee: call(context, (caller, callee), written[callee], limits) for callee in written}


def call(context: Context, pair: tuple[str, str], written: WrittenCall, limits: Limits) -> Call:
    """One call with everything explicit."""
    caller, callee = pair
    common = context.system.defaults.calls
    served = context.system.services[callee].serves
    protocol = spoken(written, context.system.services[callee])
    return Call(
        caller=caller,
        callee=callee,
        protocol=protocol,
        target=target(protocol, names.dns(callee, context.namespace)),
        contract=(written.contract or (served[0] if served else None)) if protocol == "grpc" else None,
        methods=tuple(written.methods),
        deadline=limits.deadlines[pair],
        retry=retry(written, context, limits.attempts[pair]),
        breaker=breakers.breaker(written.breaker, context),
        load_balancing=pick(
            context.profile, defaults.BALANCING, written.load_balancing, common.load_balancing
        ),
        critical=critical(context, callee, written),
        fallback=fallback(written.fallback) if written.fallback else None,
    )


def target(protocol: str, host: str) -> str:
    """Where a call goes: gRPC clients find all pods behind a name themselves."""
    return f"dns:///{host}:{names.GRPC_PORT}" if protocol == "grpc" else f"http://{host}:{names.HTTP_PORT}"


def critical(context: Context, callee: str, written: WrittenCall) -> bool:
    """Whether the caller fails without the answer: as written, else unless a fallback answers, or the callee is secondary."""
    if written.critical is not None:
        return written.critical
    if written.fallback is not None and written.fallback.kind in ANSWERS and reads(context, callee, written):
        return False
    tier = context.system.services[callee].tier or context.system.defaults.services.tier
    return tier != "secondary"


def reads(context: Context, callee: str, written: WrittenCall) -> bool:
    """Whether there is a method that a fallback may answer for: one without side effects (docs/resilience.md); by HTTP nobody says which. Of a contract that was not read, that is believed."""
    if spoken(written, context.system.services[callee]) == "http":
        return False
    served = context.system.services[callee].serves
    contract = context.schema.contracts.get(written.contract or (served[0] if served else ""))
    return contract is None or bool(grpc.reads(contract, written.methods))


def retry(written: WrittenCall, context: Context, attempts: int) -> Retry:
    """Attempts and backoff of a call."""
    own, rest, profile = written.retry, context.system.defaults.calls.retry, context.profile
    on = own.on if own.on is not None else rest.on
    return Retry(
        attempts=attempts,
        initial_backoff=seconds(profile, defaults.INITIAL_BACKOFF, own.initial_backoff, rest.initial_backoff),
        max_backoff=seconds(profile, defaults.MAX_BACKOFF, own.max_backoff, rest.max_backoff),
        multiplier=seconds(profile, defaults.MULTIPLIER, own.multiplier, rest.multiplier),
        on=tuple(on) if on is not None else defaults.RETRY_ON.value,
    )


def fallback(written: WrittenFallback) -> Fallback:
    """What is answered when the callee does not; times only where answers are kept."""
    if written.kind != "cache":
        return Fallback(written.kind)
    return Fallback(
        kind="cache",
        cache=written.cache,
        ttl=seconds("prod", defaults.FALLBACK_TTL, written.ttl),
        max_stale=seconds("prod", defaults.FALLBACK_STALE, written.max_stale),
    )
