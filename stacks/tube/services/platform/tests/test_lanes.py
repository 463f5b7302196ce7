"""What may be begun at the same time."""

from hypothesis import given
from hypothesis import strategies as st

from tube_platform.kafka.lanes import KEY, NONE, PARTITION, Lane
from tube_platform.kafka.records import Partition, Received

PLACE = Partition("topic", 0)


def record(offset: int, key: bytes = b"k", written: float = 0.0) -> Received:
    """A record of the lane."""
    return Received(PLACE, offset, key, b"", (), written)


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=12), st.data())
def test_one_record_a_key_at_a_time_and_in_order(keys: list[bytes], data: st.DataObject) -> None:
    """With ordering by key, records of a key are begun one after the other in offset order; other keys go on."""
    lane = Lane(PLACE, KEY)
    for offset, key in enumerate(keys):
        lane.add(record(offset, key))
    begun: list[Received] = []
    hands: list[Received] = []
    while len(begun) < len(keys):
        if taken := lane.take(0.0):
            assert taken.key not in {each.key for each in hands}
            begun.append(taken)
            hands.append(taken)
        if hands and (not taken or data.draw(st.booleans())):
            lane.finish(hands.pop(data.draw(st.integers(0, len(hands) - 1))))
    for key in set(keys):
        offsets = [each.offset for each in begun if each.key == key]
        assert offsets == sorted(offsets)


def test_partition_order_is_one_at_a_time() -> None:
    """With ordering by partition nothing overlaps."""
    lane = Lane(PLACE, PARTITION)
    lane.add(record(0, b"a"))
    lane.add(record(1, b"b"))
    first = lane.take(0.0)
    assert first is not None
    assert lane.take(0.0) is None
    lane.finish(first)
    assert lane.take(0.0) is not None


def test_no_order_takes_what_comes() -> None:
    """Without ordering equal keys overlap."""
    lane = Lane(PLACE, NONE)
    lane.add(record(0))
    lane.add(record(1))
    assert lane.take(0.0) is not None
    assert lane.take(0.0) is not None


def test_delay_counts_from_the_time_of_writing() -> None:
    """A record of a retry topic is due when its delay has passed."""
    lane = Lane(PLACE, NONE, delay=5)
    lane.add(record(0, written=100))
    assert lane.take(104.9) is None
    assert lane.take(105) is not None


def test_dropped_records_stay_open() -> None:
    """What was read and not begun must not be passed by the mark."""
    lane = Lane(PLACE)
    lane.add(record(0))
    lane.add(record(1))
    taken = lane.take(0.0)
    assert taken is not None
    lane.drop_waiting()
    lane.finish(taken)
    assert lane.mark.to_store() == 1
