"""When circuit breakers open and close: as resolved, and as services are told (spec row F1.7)."""

from typing import Any

from wireplan.model.calls import Breaker as Written
from wireplan.topology import defaults
from wireplan.topology.context import Context, pick, seconds
from wireplan.topology.types import Breaker


def breaker(own: Written, context: Context) -> Breaker:
    """When a breaker opens and closes."""
    rest, profile = context.system.defaults.calls.breaker, context.profile
    return Breaker(
        failure_ratio=seconds(profile, defaults.FAILURE_RATIO, own.failure_ratio, rest.failure_ratio),
        minimum_calls=pick(profile, defaults.MINIMUM_CALLS, own.minimum_calls, rest.minimum_calls),
        window=seconds(profile, defaults.WINDOW, own.window, rest.window),
        consecutive_failures=pick(
            profile, defaults.CONSECUTIVE, own.consecutive_failures, rest.consecutive_failures
        ),
        open_for=seconds(profile, defaults.OPEN_FOR, own.open_for, rest.open_for),
        open_max=seconds(profile, defaults.OPEN_MAX, own.open_max, rest.open_max),
        close_after=pick(profile, defaults.CLOSE_AFTER, own.close_after, rest.close_after),
    )


def wired(own: Breaker) -> dict[str, Any]:
    """The same for a service."""
    return {
        "breaker": {
            "failure_ratio": own.failure_ratio,
            "minimum_calls": own.minimum_calls,
            "window": own.window,
            "consecutive_failures": own.consecutive_failures,
            "open_for": own.open_for,
            "open_max": own.open_max,
            "close_after": own.close_after,
        },
    }
