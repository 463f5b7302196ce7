"""What is told to somebody, one form a way. Whoever writes a service makes them; how they travel is the platform's."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail to one address, as plain text."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Push:
    """A message on the screen of a device; `to` names the device to the gateway."""

    to: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Sms:
    """A short message to a telephone number (E.164)."""

    to: str
    text: str


class Deferred(Exception):
    """This message is not taken now and may be later, while others are: it waits in the retry topics."""


class Carrier[M](Protocol):
    """What takes a message on its way."""

    def carry(self, message: M, key: str) -> Awaitable[None]:
        """Return once the message was taken. A message that comes again has the same key.

        Raises Unavailable where nothing is taken now, Deferred where this one is not, Poison where it never will be.
        """
        ...
