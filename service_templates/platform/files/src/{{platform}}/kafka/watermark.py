"""The offset up to which everything is done.

Kafka keeps one number a partition: all before it is done. Handlers may end out of order, so what may be stored is the lowest offset
that is not done yet, never the one after the highest that is.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class LowWaterMark:
    """Follows the offsets of one partition. They come in ascending order, with gaps: transactions and compaction leave some."""

    _open: set[int] = field(default_factory=set[int])
    _next: int = -1
    _stored: int | None = None

    def begin(self, offset: int) -> None:
        """A record was read. The first one's offset is where the group stands already."""
        self._open.add(offset)
        self._next = max(self._next, offset + 1)
        if self._stored is None:
            self._stored = offset

    def finish(self, offset: int) -> None:
        """All that a record is to cause has happened."""
        self._open.discard(offset)

    @property
    def idle(self) -> bool:
        """Whether nothing is open."""
        return not self._open

    def to_store(self) -> int | None:
        """The offset to go on from after a crash, if it moved since this was last asked."""
        mark = min(self._open, default=self._next)
        if self._stored is None or mark <= self._stored:
            return None
        self._stored = mark
        return mark
