"""What can go wrong in a way that a caller should be told. The names are gRPC's."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of a contract that a message breaks: the path of its field, the rule in a word for programs, and a sentence. It never holds a value."""

    field: str
    rule: str
    says: str


class Problem(Exception):
    """A failure with a code for programs and a sentence for people. It never holds a secret."""

    code: ClassVar[str] = "INTERNAL"
    default_reason: ClassVar[str] = "internal"

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason


class Invalid(Problem):
    """The request can never succeed as it is."""

    code = "INVALID_ARGUMENT"
    default_reason = "invalid"

    def __init__(
        self, message: str, reason: str | None = None, violations: tuple[Violation, ...] = ()
    ) -> None:
        super().__init__(message, reason)
        self.violations = violations


class TooLarge(Problem):
    """The request has more bytes than this service reads."""

    code = "INVALID_ARGUMENT"
    default_reason = "too_large"


class Unauthenticated(Problem):
    """Nobody knows who asks."""

    code = "UNAUTHENTICATED"
    default_reason = "unauthenticated"


class Forbidden(Problem):
    """Who asks is known, and may not."""

    code = "PERMISSION_DENIED"
    default_reason = "forbidden"


class NotFound(Problem):
    """There is no such thing, or not for this caller."""

    code = "NOT_FOUND"
    default_reason = "not_found"


class AlreadyExists(Problem):
    """There is such a thing already."""

    code = "ALREADY_EXISTS"
    default_reason = "already_exists"


class InFlight(Problem):
    """The same request is being carried out right now."""

    code = "ABORTED"
    default_reason = "in_flight"


class NotYet(Problem):
    """The thing is not in the state that the request needs."""

    code = "FAILED_PRECONDITION"
    default_reason = "not_yet"


class KeyReused(Problem):
    """An idempotency key came again with another request."""

    code = "FAILED_PRECONDITION"
    default_reason = "idempotency_key_reused"


class Exhausted(Problem):
    """There is too much to do; later it may work."""

    code = "RESOURCE_EXHAUSTED"
    default_reason = "exhausted"


class Unavailable(Problem):
    """Something that this service depends on does not answer."""

    code = "UNAVAILABLE"
    default_reason = "unavailable"


class Beyond(Problem):
    """A system that is not ours does not answer. This service is well, and whoever counts its failures should not count this."""

    code = "UNAVAILABLE"
    default_reason = "external_unavailable"


class DeadlineExceeded(Problem):
    """The caller's time is up."""

    code = "DEADLINE_EXCEEDED"
    default_reason = "deadline_exceeded"


def _kinds() -> dict[str, type[Problem]]:
    return {kind.default_reason: kind for kind in Problem.__subclasses__()} | {
        kind.code: kind for kind in reversed(Problem.__subclasses__())
    }


def restore(code: str, reason: str | None, message: str, violations: tuple[Violation, ...] = ()) -> Problem:
    """The problem that another service reported."""
    kinds = _kinds()
    kind = kinds.get(reason or "", kinds.get(code, Problem))
    if kind.code != code:
        kind = kinds.get(code, Problem)
    return Invalid(message, reason, violations) if kind is Invalid else kind(message, reason)
