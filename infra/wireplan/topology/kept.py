"""What follows from a whole system and is asked for by several, one after the other, is worked out once."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def kept(function: Callable[[S], T]) -> Callable[[S], T]:
    """The function, with its answer for the last Topology or System asked about. They are frozen; one is known by being the same object.

    What it returns is shared, so it must be nothing that anybody changes.
    """
    last: list[tuple[S, T]] = []

    @wraps(function)
    def asked(whole: S) -> T:
        if not last or last[0][0] is not whole:
            last[:] = [(whole, function(whole))]
        return last[0][1]

    return asked
