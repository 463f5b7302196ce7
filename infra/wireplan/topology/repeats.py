"""How often a call is made: attempts of one hop multiply those of the next, so that a call that names none gets what fits (RPC006)."""

from collections.abc import Mapping
from math import prod

from wireplan.model.services import spoken
from wireplan.model.system import System
from wireplan.topology import defaults, grpc
from wireplan.topology.chains import LIMIT
from wireplan.topology.context import seconds
from wireplan.topology.deadlines import outermost_first

Pair = tuple[str, str]


def attempts(system: System, profile: str, deadlines: Mapping[Pair, float]) -> dict[Pair, int]:
    """The attempts of every call, by (caller, callee), the first included.

    One that names none has the default where it stays within the limit together with all above and below it, and where the last can
    begin before the call's deadline; else one. The innermost come first: they repeat least work. A call by HTTP has one: no contract
    says that it may be repeated.
    """
    order = outermost_first(system)
    place = {name: number for number, name in enumerate(order)}
    found = written(system)
    above, below = dict.fromkeys(order, 1), dict.fromkeys(order, 1)
    onward = {
        name: [callee for callee in system.services[name].calls if place[callee] > place[name]]
        for name in order
    }
    for name in order:
        for callee in onward[name]:
            above[callee] = max(above[callee], above[name] * found.get((name, callee), 1))
    for name in reversed(order):
        for callee, call in system.services[name].calls.items():
            others = (above[name], below[callee] if callee in onward[name] else 1)
            pair = (name, callee)
            if pair not in found:
                alone = spoken(call, system.services[callee]) == "http"
                alone = alone or not patient(system, profile, pair, deadlines[pair])
                found[pair] = 1 if alone else fitting(*others)
        below[name] = max((found[name, callee] * below[callee] for callee in onward[name]), default=1)
    return found


def patient(system: System, profile: str, pair: Pair, deadline: float) -> bool:
    """Whether a call that names no attempts has the time for a second one (RPC004)."""
    own, rest = system.services[pair[0]].calls[pair[1]].retry, system.defaults.calls.retry
    return (
        seconds(profile, defaults.INITIAL_BACKOFF, own.initial_backoff, rest.initial_backoff) * grpc.JITTER
        < deadline
    )


def fitting(*others: int) -> int:
    """The attempts of a call that names none, between others that are made so often."""
    most = defaults.ATTEMPTS.value
    return most if prod(others) * most <= LIMIT else 1


def written(system: System) -> dict[Pair, int]:
    """The attempts that the file names, for a call or for all."""
    common = system.defaults.calls.retry.attempts
    return {
        (name, callee): named
        for name, service in system.services.items()
        for callee, call in service.calls.items()
        if (named := call.retry.attempts if call.retry.attempts is not None else common) is not None
    }
