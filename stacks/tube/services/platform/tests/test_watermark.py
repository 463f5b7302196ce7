"""The stored offset never passes a record that is not done."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tube_platform.kafka.watermark import LowWaterMark


class Partition(RuleBasedStateMachine):
    """Records begin in order with gaps, end in any order; now and then the mark is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = LowWaterMark()
        self.offset = 41
        self.open: set[int] = set()
        self.begun: list[int] = []
        self.stored: int | None = None

    @rule(gap=st.integers(1, 3))
    def begin(self, gap: int) -> None:
        """A record is read."""
        self.offset += gap
        self.mark.begin(self.offset)
        self.open.add(self.offset)
        self.begun.append(self.offset)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """Any open record ends."""
        offset = data.draw(st.sampled_from(sorted(self.open)))
        self.open.discard(offset)
        self.mark.finish(offset)

    @rule()
    def store(self) -> None:
        """What is to be stored is safe, and grows."""
        found = self.mark.to_store()
        if found is None:
            return
        assert all(found <= offset for offset in self.open), "the mark passed an open record"
        assert self.stored is None or found > self.stored, "the mark went back"
        self.stored = found

    @invariant()
    def everything_done_can_be_stored(self) -> None:
        """When nothing is open, the mark is behind the last record."""
        assert self.mark.idle == (not self.open)

    def teardown(self) -> None:
        """At rest the stored mark is the end."""
        for offset in sorted(self.open, reverse=True):
            self.mark.finish(offset)
        self.open.clear()
        self.store()
        if self.begun:
            assert self.stored == self.begun[-1] + 1


def test_any_order_of_ends() -> None:
    """The machine above, many times."""
    run_state_machine_as_test(
        Partition, settings=settings(max_examples=60, stateful_step_count=40, deadline=None)
    )


def test_nothing_read_is_nothing_to_store() -> None:
    """A partition without records keeps the group's offset."""
    assert LowWaterMark().to_store() is None


def test_reading_alone_stores_nothing() -> None:
    """A record that was read and not handled keeps the offset where it was."""
    mark = LowWaterMark()
    mark.begin(7)
    mark.begin(8)
    mark.finish(8)
    assert mark.to_store() is None
    mark.finish(7)
    assert mark.to_store() == 9
    assert mark.to_store() is None
