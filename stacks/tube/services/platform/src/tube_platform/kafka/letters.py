"""Retry records and dead letters: the original bytes, and headers that say where they come from and what went wrong."""

from collections.abc import Callable
from datetime import UTC, datetime

from tube_platform import telemetry
from tube_platform.errors import Problem
from tube_platform.kafka.failures import Failure, Poison
from tube_platform.kafka.records import EVENT_ID, Outgoing, Received
from tube_platform.wiring import RetryTopic, Subscription

ATTEMPT = "attempt"
SOURCE_TOPIC = "source-topic"
SOURCE_PARTITION = "source-partition"
SOURCE_OFFSET = "source-offset"
FIRST_FAILURE = "first-failure"
LAST_FAILURE = "last-failure"
ERROR_CLASS = "error-class"
ERROR_TYPE = "error-type"
ERROR_REASON = "error-reason"
ONLY_GROUP = "only-group"
"""The one group that a replayed record is meant for. It is there where a replay goes back to a topic that other groups read as well."""

LONGEST_REASON = 500
NOT_TOLD = "it could not be handled"

type Clock = Callable[[], datetime]


def attempt(record: Received) -> int:
    """Which attempt this is, from 1."""
    given = record.header(ATTEMPT)
    return int(given) if given and given.isdigit() and int(given) > 0 else 1


def addressed(record: Received, group: str) -> bool:
    """Whether a record is meant for a group: all are, but for replays that name another one."""
    return record.header(ONLY_GROUP) in {None, group}


def next_retry(subscription: Subscription, attempts_made: int) -> RetryTopic | None:
    """Where the next attempt waits; None when there is none. With more attempts than topics the last one is used again."""
    topics = subscription.retry_topics
    if not topics or attempts_made >= subscription.attempts:
        return None
    return topics[min(attempts_made, len(topics)) - 1]


def delay_of(subscription: Subscription, topic: str) -> float:
    """Seconds that records of a topic wait before they are handled."""
    return next((retry.delay for retry in subscription.retry_topics if retry.topic == topic), 0.0)


def retry(
    record: Received, topic: str, error: BaseException, clock: Clock = lambda: datetime.now(UTC)
) -> Outgoing:
    """The record for its next attempt."""
    return _carry(record, topic, Failure.BUSINESS, error, clock, {ATTEMPT: str(attempt(record) + 1)})


def dead(
    record: Received,
    topic: str,
    kind: Failure,
    error: BaseException,
    attempts: int,
    clock: Clock = lambda: datetime.now(UTC),
) -> Outgoing:
    """The dead letter of a record after so many attempts."""
    return _carry(record, topic, kind, error, clock, {ATTEMPT: str(attempts)})


def reason(error: BaseException) -> str:
    """What a person reads who works on the system."""
    return (str(error) or type(error).__name__)[:LONGEST_REASON]


def told(error: BaseException) -> str:
    """What the owner of a record may hear: the sentence of a Poison or a Problem is written for people, other texts may say what is ours."""
    return reason(error) if isinstance(error, Poison | Problem) else NOT_TOLD


def _carry(
    record: Received, topic: str, kind: Failure, error: BaseException, clock: Clock, extra: dict[str, str]
) -> Outgoing:
    now = clock().isoformat()
    added = {
        SOURCE_TOPIC: record.header(SOURCE_TOPIC) or record.partition.topic,
        SOURCE_PARTITION: record.header(SOURCE_PARTITION) or str(record.partition.number),
        SOURCE_OFFSET: record.header(SOURCE_OFFSET) or str(record.offset),
        EVENT_ID: str(record.event_id),
        FIRST_FAILURE: record.header(FIRST_FAILURE) or now,
        LAST_FAILURE: now,
        ERROR_CLASS: kind.value,
        ERROR_TYPE: type(error).__name__,
        ERROR_REASON: reason(error),
        **extra,
    }
    if trace := record.header(telemetry.HEADER) or telemetry.inject().get(telemetry.HEADER):
        added[telemetry.HEADER] = trace
    kept = tuple((name, value) for name, value in record.headers if name not in added)
    return Outgoing(topic, record.key, record.value, kept + tuple((k, v.encode()) for k, v in added.items()))
