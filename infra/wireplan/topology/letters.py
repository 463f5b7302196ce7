"""Dead letters as the model knows them: whose they are, where they came from, and the way back (spec row F2.2).

A letter is called by its place, `video.uploaded.processing.dlt/0/17`: topic, partition, offset.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wireplan.topology.index import consumers
from wireplan.topology.types import Consumption, Topology

CALLED = re.compile(r"[A-Za-z0-9._-]{1,249}/[0-9]{1,10}/[0-9]{1,19}")
OPEN = "open"

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. Times are ISO 8601 as the service wrote them, or empty; `time` is when it was written, in seconds since the epoch."""

    topic: str
    partition: int
    offset: int
    service: str
    group: str
    source: tuple[str, str, str]
    """Topic, partition and offset of the record, as text; empty where the letter does not say."""
    key: str | None
    message: str
    event_id: str
    attempts: int
    kind: str
    """The class of the failure: poison, business; empty where the letter does not say."""
    error: str
    reason: str
    first_failure: str
    last_failure: str
    time: float
    size: int
    replays: int = 0
    """How often its record was replayed before, and died again."""
    state: str = OPEN
    """open, replayed or discarded."""
    settled_at: str = ""
    settled_to: str = ""

    @property
    def place(self) -> Place:
        """Topic, partition, offset."""
        return self.topic, self.partition, self.offset

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are meant: those of a service, a group, a source topic, a class of failures; of all where nothing is said."""

    service: str = ""
    group: str = ""
    topic: str = ""
    kind: str = ""

    def __bool__(self) -> bool:
        return bool(self.service or self.group or self.topic or self.kind)


def groups(topology: Topology, wanted: Wanted) -> Iterator[Consumption]:
    """The consumer groups that have dead letters and are meant, in the order of the file."""
    for service in topology.services.values():
        for each in service.consumes.values():
            given = ((wanted.service, each.service), (wanted.group, each.group), (wanted.topic, each.topic))
            if each.dead_letter and all(not word or word == own for word, own in given):
                yield each


def by_topic(topology: Topology) -> dict[str, Consumption]:
    """The consumer groups by their dead-letter topics."""
    return {each.dead_letter: each for each in groups(topology, Wanted()) if each.dead_letter}


def place_of(name: str) -> Place | None:
    """The place that a letter's name says; None where it is no such name."""
    if not CALLED.fullmatch(name):
        return None
    topic, partition, offset = name.rsplit("/", 2)
    return topic, int(partition), int(offset)


def way_back(topology: Topology, group: Consumption) -> tuple[str, str]:
    """Where a letter of a group is replayed to, and the one group that its record must name, if there are others to keep it from.

    Only the group that failed may see it again. Its first retry topic is read by nobody else; where it has none, since order matters
    to it, the record goes back to its topic, and the platform of the other groups there leaves alone what names another one.
    """
    if group.retries:
        return group.retries[0].topic, ""
    return group.topic, group.group if len(consumers(topology)[group.topic]) > 1 else ""


def letters(topology: Topology, told: Iterable[Mapping[str, Any]]) -> list[Letter]:
    """Letters as a pod beside the brokers tells them; those of topics that no group of the model has are none of ours."""
    known = by_topic(topology)
    return [letter(known[str(each["topic"])], each) for each in told if each["topic"] in known]


def letter(group: Consumption, told: Mapping[str, Any]) -> Letter:
    """One letter; anybody may have written what it says of itself, so nothing is taken to be there or to be a number."""

    def word(name: str) -> str:
        return str(told.get(name) or "")

    def number(name: str) -> int:
        return int(word(name)) if re.fullmatch(r"[0-9]{1,18}", word(name)) else 0

    return Letter(
        topic=word("topic"),
        partition=int(told["partition"]),
        offset=int(told["offset"]),
        service=group.service,
        group=group.group,
        source=(word("source_topic"), word("source_partition"), word("source_offset")),
        key=None if told.get("key") is None else str(told["key"]),
        message=word("message") or group.message,
        event_id=word("event_id"),
        attempts=number("attempts"),
        kind=word("class"),
        error=word("type"),
        reason=word("reason"),
        first_failure=word("first_failure"),
        last_failure=word("last_failure"),
        time=float(told["time"]),
        size=int(told["size"]),
        replays=number("replays"),
        state=word("state"),
        settled_at=word("settled_at"),
        settled_to=word("settled_to"),
    )
