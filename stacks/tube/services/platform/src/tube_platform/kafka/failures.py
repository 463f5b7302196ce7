"""What a failing handler means for its record.

poison      it can never succeed (not decodable, not valid): dead letter at once
dependency  something else is down: wait and try again in place, for as long as it takes, and never a dead letter;
            otherwise a minute of failover would empty the topic into the dead-letter topic
business    everything else: a bounded number of attempts by way of the retry topics, then a dead letter
"""

from enum import StrEnum

from tube_platform.errors import Beyond, Exhausted, Invalid, Problem, Unavailable
from tube_platform.kafka.records import PublishError


class Failure(StrEnum):
    """The class of a failure."""

    POISON = "poison"
    DEPENDENCY = "dependency"
    BUSINESS = "business"


class Poison(Exception):
    """Raised by a handler: this record can never succeed. The message goes into the dead letter, and may be shown to its owner."""


class HandlerTimeoutError(Exception):
    """An attempt took longer than the topology allows."""


def classify(error: BaseException) -> Failure:
    """The class of what a handler raised."""
    if isinstance(error, Poison | Invalid):
        return Failure.POISON
    if isinstance(error, Unavailable | Beyond | Exhausted | PublishError):
        return Failure.DEPENDENCY
    if isinstance(error, Problem | HandlerTimeoutError):
        return Failure.BUSINESS
    if isinstance(error, ConnectionError) or _database(error) or _rpc(error) or _objects(error):
        return Failure.DEPENDENCY
    return Failure.BUSINESS


def _database(error: BaseException) -> bool:
    if type(error).__module__.split(".")[0] not in {"psycopg", "psycopg_pool"}:
        return False
    from tube_platform import postgres

    return postgres.unavailable(error)


def _rpc(error: BaseException) -> bool:
    code = getattr(error, "code", None)
    if type(error).__module__.split(".")[0] != "grpc" or not callable(code):
        return False
    return getattr(code(), "name", "") in {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"}


def _objects(error: BaseException) -> bool:
    """The object store says GenericError for what it cannot name: a lost connection, a 5xx after its own retries."""
    kind = type(error)
    return kind.__module__.split(".")[0] == "obstore" and kind.__name__ in {"GenericError", "JoinError"}
