"""What follows from a whole topology and is asked for by several rules, one after the other, is worked out once."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from wireplan.topology.types import Topology

T = TypeVar("T")


def kept(function: Callable[[Topology], T]) -> Callable[[Topology], T]:
    """The function, with its answer for the last topology asked about. Topologies are frozen; one is known by being the same object.

    What it returns is shared, so it must be nothing that anybody changes.
    """
    last: list[tuple[Topology, T]] = []

    @wraps(function)
    def asked(topology: Topology) -> T:
        if not last or last[0][0] is not topology:
            last[:] = [(topology, function(topology))]
        return last[0][1]

    return asked
