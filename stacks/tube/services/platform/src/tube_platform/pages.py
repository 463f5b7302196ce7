"""Pages of a list: a token that names the last item of the page before. It is opaque to clients, and no secret."""

import base64
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tube_platform.errors import Invalid

DEFAULT_SIZE = 20
LARGEST_SIZE = 100

type Place = tuple[datetime, uuid.UUID]


def size(asked: int) -> int:
    """The size of a page."""
    if not 0 <= asked <= LARGEST_SIZE:
        raise Invalid(f"a page has at most {LARGEST_SIZE} entries", "page_size")
    return asked or DEFAULT_SIZE


def token(place: Place) -> str:
    """The token of a place in the list."""
    at, last = place
    return base64.urlsafe_b64encode(f"{at.astimezone(UTC).isoformat()} {last}".encode()).decode()


def place(given: str) -> Place | None:
    """The place that a token names; None for the first page."""
    if not given:
        return None
    try:
        at, _, last = base64.urlsafe_b64decode(given.encode()).decode().partition(" ")
        return datetime.fromisoformat(at), uuid.UUID(last)
    except ValueError as error:
        raise Invalid("this page token is not one of ours", "page_token") from error


def cut[R](rows: Sequence[R], most: int, place_of: Callable[[R], Place]) -> tuple[Sequence[R], str]:
    """The page and the token of the next one. Ask for one row more than the page has, to know whether there is one."""
    page = rows[:most]
    return page, token(place_of(page[-1])) if len(rows) > most else ""
