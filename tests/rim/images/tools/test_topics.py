"""What the topics Job does to each topic: create, grow, configure; never shrink, never delete."""

from dataclasses import replace

import pytest
from wireplan.rim.images.tools.topics import Topic, plan, read, step

WANTED = Topic("video.uploaded", 12, 3, {"min.insync.replicas": "2", "retention.ms": "604800000"})


def test_a_missing_topic_is_created() -> None:
    """With all its settings at once."""
    one = step(WANTED, None)
    assert one.create
    assert one.line() == "topic video.uploaded: created"


def test_a_topic_that_is_as_wanted_is_unchanged() -> None:
    """A second run of the Job does nothing."""
    one = step(WANTED, WANTED)
    assert one.still
    assert one.line() == "topic video.uploaded: unchanged"


def test_a_topic_with_fewer_partitions_is_grown() -> None:
    """To the wanted number."""
    one = step(WANTED, replace(WANTED, partitions=6))
    assert one.line() == "topic video.uploaded: grown to 12 partitions"
    assert not one.create


def test_a_topic_with_more_partitions_is_refused_and_left_alone() -> None:
    """Kafka could only delete it, and what is in it."""
    one = step(WANTED, replace(WANTED, partitions=24))
    assert one.still
    assert "would shrink from 24 to 12 partitions: refused" in one.line()


def test_settings_that_differ_are_set_and_others_left_alone() -> None:
    """A setting that somebody made by hand and the model does not name stays."""
    one = step(
        WANTED,
        replace(
            WANTED, config={"min.insync.replicas": "1", "retention.ms": "604800000", "segment.ms": "1000"}
        ),
    )
    assert one.configure == {"min.insync.replicas": "2"}
    assert one.line() == "topic video.uploaded: configured min.insync.replicas=2"


def test_a_setting_that_is_only_the_brokers_default_is_written_out() -> None:
    """`present` lists what is set for the topic itself; the broker's default may change under it."""
    assert step(WANTED, replace(WANTED, config={})).configure == WANTED.config


@pytest.mark.parametrize(("copies", "refused"), [(1, True), (3, False), (4, False)])
def test_too_few_copies_are_refused_with_what_to_do(copies: int, refused: bool) -> None:
    """A topic that survives fewer losses than the model says must not pass in silence; more copies do no harm."""
    one = step(WANTED, replace(WANTED, replication_factor=copies))
    assert bool(one.refused) is refused
    assert one.still


def test_shrinking_does_not_keep_the_settings_from_being_made() -> None:
    """What can be done is done, and the rest is said."""
    one = step(WANTED, replace(WANTED, partitions=24, config={}))
    assert not one.still
    assert "configured" in one.line()
    assert "refused" in one.line()


def test_topics_that_nobody_wants_are_not_touched() -> None:
    """They may be another system's, or a change stream's own."""
    steps = plan([WANTED], {"other": Topic("other", 1, 1), "video.uploaded": WANTED})
    assert [one.wanted.name for one in steps] == ["video.uploaded"]


def test_the_jobs_file_is_read_with_numbers_as_text_in_settings() -> None:
    """Kafka knows settings as text only."""
    one = {"name": "t", "partitions": 3, "replication_factor": 3, "config": {"retention.ms": 5}}
    assert read([one]) == [Topic("t", 3, 3, {"retention.ms": "5"})]
