"""Who asks. The gateway learns it from an access token; behind it the name travels with each call."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from tube_platform.errors import Unauthenticated

METADATA_KEY = "x-principal"
"""Calls inside the system are believed: network policies let only the services of the graph reach each other."""

_current: ContextVar[str | None] = ContextVar("principal", default=None)


def current() -> str | None:
    """The account that asks, or None."""
    return _current.get()


def required() -> str:
    """The account that asks; a request without one is refused."""
    name = _current.get()
    if not name:
        raise Unauthenticated("this needs a login")
    return name


@contextmanager
def acting_as(name: str | None) -> Generator[None]:
    """Work that is done for an account."""
    token = _current.set(name)
    try:
        yield
    finally:
        _current.reset(token)
