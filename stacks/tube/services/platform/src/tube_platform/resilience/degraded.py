"""What of an answer is missing or of another time, said to whoever asked (row F1.6).

A fallback notes it where it answers. The note travels up with the answer: as trailing metadata between services, as a header to the client:

    x-degraded: statistics;answer=empty, catalog;answer=cached;age=42

in the form of RFC 9651. The age is in seconds.
"""

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

KEY = "x-degraded"

type Notes = dict[str, str]

_notes: ContextVar[Notes | None] = ContextVar("degraded", default=None)
_forbidden: ContextVar[bool] = ContextVar("degraded answers are none", default=False)


@contextmanager
def forbidden() -> Generator[None]:
    """Work that takes no answer in place of a callee's: it gets the error, and does itself what follows from that."""
    token = _forbidden.set(True)
    try:
        yield
    finally:
        _forbidden.reset(token)


def is_forbidden() -> bool:
    """Whether an answer in place of a callee's would be taken for the callee's own."""
    return _forbidden.get()


class collecting(AbstractContextManager[Notes]):  # noqa: N801 - read as a word of the language
    """Collect the notes of a request, and of all that is awaited for it."""

    __slots__ = ("_token",)

    def __enter__(self) -> Notes:
        """Begin."""
        notes: Notes = {}
        self._token = _notes.set(notes)
        return notes

    def __exit__(self, *_: object) -> None:
        """End."""
        _notes.reset(self._token)


def without(part: str) -> None:
    """The answer has nothing of this part."""
    _note(f"{part};answer=empty")


def stale(part: str, age: float) -> None:
    """The answer has what this part said so many seconds ago."""
    _note(f"{part};answer=cached;age={max(0, int(age))}")


def restore(values: Iterable[str | bytes]) -> None:
    """Take over what a callee says of its own answer."""
    for value in values:
        text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
        for each in filter(None, (item.strip() for item in text.split(","))):
            _note(each)


def text(notes: Notes) -> str:
    """All notes as one value."""
    return ", ".join(notes.values())


def _note(item: str) -> None:
    notes = _notes.get()
    if notes is not None:
        notes[item.partition(";")[0]] = item
