"""What a service writes of a saga: for each step of the topology what is asked or sent, what is kept of the answer, and the same for its undo."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf.message import Message
from grpc.aio import AioRpcError

from tube_platform.errors import Problem
from tube_platform.postgres import Connection

KEY = "request_id"
"""The field of a request that carries its idempotency key."""

NO = frozenset(
    {
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "FAILED_PRECONDITION",
        "OUT_OF_RANGE",
        "UNAUTHENTICATED",
    }
)
"""Codes that are an answer: the step was not done, and asking again changes nothing. With all others nobody knows."""

LACKING = "UNIMPLEMENTED"
"""The code of a callee that does not know the method: in a rollout it may be of an older version than who asks. That is no answer."""

LONGEST = 500
"""Letters of an error that are kept."""


class Refused(Exception):
    """The step was not done, and never will be: before the pivot the saga turns back."""


@dataclass(frozen=True, slots=True)
class Progress[S]:
    """A saga at one of its steps."""

    id: uuid.UUID
    saga: str
    key: str
    """What it was begun for; a saga is begun once for each."""
    step: str
    state: S
    request_id: str
    """The idempotency key of what is done now: the same in every attempt, whichever pod makes it."""
    undoes: str = ""
    """The idempotency key of the step that is undone; empty on the way forward."""


@dataclass(frozen=True, slots=True)
class Call[S]:
    """What is done outside of the owner's database. It may run again, with the same key.

    Made by functions that know the types of request and answer, so that a type checker compares what is written with the contract.
    """

    run: Callable[[Progress[S]], Awaitable[S]]

    @staticmethod
    def to[T, Q: Message, A](
        request: Callable[[Progress[T]], Q],
        method: Callable[[Q], Awaitable[A]],
        done: Callable[[Progress[T], A], T] | None = None,
    ) -> "Call[T]":
        """A method of another service. The request gets its idempotency key where it has a field for it."""

        async def run(at: Progress[T]) -> T:
            asked = request(at)
            if KEY in asked.DESCRIPTOR.fields_by_name:
                setattr(asked, KEY, at.request_id)
            answer = await method(asked)
            return done(at, answer) if done else at.state

        return Call(run)

    @staticmethod
    def by[T](work: Callable[[Progress[T]], Awaitable[T | None]]) -> "Call[T]":
        """What a person's code asks by itself; None keeps the state."""

        async def run(at: Progress[T]) -> T:
            found = await work(at)
            return at.state if found is None else found

        return Call(run)


@dataclass(frozen=True, slots=True)
class Local[S]:
    """What the owner does in its own database, in the transaction of the step; None keeps the state."""

    work: Callable[[Progress[S], Connection], Awaitable[S | None]]

    async def run(self, at: Progress[S], connection: Connection) -> S:
        """Do it."""
        found = await self.work(at, connection)
        return at.state if found is None else found


@dataclass(frozen=True, slots=True)
class Send[S]:
    """A record, which the outbox gets in the transaction of the step."""

    message: Callable[[Progress[S]], Message]


@dataclass(frozen=True, slots=True)
class Answer[S]:
    """A record that ends a step. `key` is that of the saga that waits for it, or None where none does."""

    key: Callable[[Any], str | None]
    done: Callable[[Progress[S], Any], S]

    @staticmethod
    def by[T, M: Message](key: Callable[[M], str | None], done: Callable[[Progress[T], M], T]) -> "Answer[T]":
        """Two functions that know the type of the record."""
        return Answer(key, done)


type Action[S] = Call[S] | Local[S] | Send[S]


@dataclass(frozen=True, slots=True)
class Step[S]:
    """One step: what it does, how it is undone, what record ends it. A step that does nothing is what began the saga."""

    action: Action[S] | None = None
    undo: Action[S] | None = None
    answer: Answer[S] | None = None


@dataclass(frozen=True, slots=True)
class Saga[S]:
    """The code of a saga. Order, patience and pivot are not here: they come from the topology."""

    name: str
    state: type[S]
    steps: Mapping[str, Step[S]]


class Begins(Protocol):
    """What handlers need of sagas."""

    async def begin(self, connection: Connection, key: str, state: object) -> bool:
        """Begin the saga that has this kind of state, in the transaction of its first effect; False when one was begun for the key before."""
        ...


def refused(error: BaseException) -> bool:
    """Whether an error is an answer."""
    return isinstance(error, Refused) or _code(error) in NO


def lacks(error: BaseException) -> bool:
    """Whether who was asked does not know how."""
    return _code(error) == LACKING


def said(error: BaseException) -> str:
    """An error in a few words, for the row and for people."""
    if isinstance(error, AioRpcError):
        text = f"{error.code().name}: {error.details()}"
    elif isinstance(error, Problem):
        text = f"{error.code}: {error.message}"
    elif isinstance(error, Refused):
        text = str(error) or "refused"
    else:
        text = repr(error)
    hint = "; it runs a version that does not know this method" if lacks(error) else ""
    return text.replace("\x00", "")[: LONGEST - len(hint)] + hint


def _code(error: BaseException) -> str | None:
    if isinstance(error, AioRpcError):
        return error.code().name
    return error.code if isinstance(error, Problem) else None
