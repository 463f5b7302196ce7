"""One lane a partition: what waits, what is in hand, and what may be begun next. No clock, no broker: time is an argument."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tube_platform.kafka.records import Partition, Received
from tube_platform.kafka.watermark import LowWaterMark

NONE, KEY, PARTITION = "none", "key", "partition"


@dataclass(slots=True)
class Lane:
    """The records of one partition."""

    partition: Partition
    ordering: str = NONE
    delay: float = 0.0
    mark: LowWaterMark = field(default_factory=LowWaterMark)
    waiting: deque[Received] = field(default_factory=deque[Received])
    in_hand: dict[int, Received] = field(default_factory=dict[int, Received])
    tasks: dict[int, Any] = field(default_factory=dict[int, Any])
    paused: bool | None = None
    """None until the client was told: it keeps what an earlier assignment of the same partition left behind."""

    def add(self, record: Received) -> None:
        """A record was read."""
        self.mark.begin(record.offset)
        self.waiting.append(record)

    def due(self, now: float) -> bool:
        """Whether the first record that waits has waited long enough."""
        return bool(self.waiting) and self.waiting[0].timestamp + self.delay <= now

    def take(self, now: float) -> Received | None:
        """The next record that may be begun without breaking the order, or None."""
        if not self.due(now):
            return None
        if self.ordering == PARTITION and self.in_hand:
            return None
        busy = (
            {record.key for record in self.in_hand.values()} if self.ordering == KEY else set[bytes | None]()
        )
        for index, record in enumerate(self.waiting):
            if record.key not in busy or self.ordering != KEY:
                del self.waiting[index]
                self.in_hand[record.offset] = record
                return record
            busy.add(record.key)
        return None

    def finish(self, record: Received) -> None:
        """All that a record is to cause has happened."""
        self.in_hand.pop(record.offset, None)
        self.mark.finish(record.offset)

    def drop_waiting(self) -> None:
        """Forget what was not begun. It stays open, so that the offset cannot move past it."""
        self.waiting.clear()
