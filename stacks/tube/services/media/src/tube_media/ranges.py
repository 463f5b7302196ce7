"""Byte ranges (RFC 9110, 14): one range; what asks for more, or makes no sense, gets the whole."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes from start to before end."""

    start: int
    end: int

    def header(self, size: int) -> str:
        """The Content-Range of an answer."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class UnsatisfiableError(Exception):
    """The range begins behind the end."""


def parse(header: str | None, size: int) -> Range | None:
    """The range that a request asks for; None for the whole."""
    found = _ONE.fullmatch(header.replace(" ", "")) if header else None
    if not found:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), size)
        start, end = size - length, size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return None
    if start >= size or start >= end:
        raise UnsatisfiableError
    return Range(start, end)
