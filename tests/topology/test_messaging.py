"""Topics, groups, and the retry and dead-letter topics they need (spec rows M1 to M6, F2.2, F2.3)."""

from typing import Any

import pytest
from wireplan.topology import index
from wireplan.topology.types import Consumption, GroupProtocol, Membership, TopicRole, Topology

from tests.topology.conftest import system, tube

TOPIC = {"t": {"message": "x.v1.Made", "key": "id"}}


def group(consumes: dict[str, Any], **parts: Any) -> Consumption:
    """The consumer group of a worker."""
    return worker(consumes, **parts).services["w"].consumes["t"]


def worker(consumes: dict[str, Any], **parts: Any) -> Topology:
    """A system with one worker on one topic."""
    return system(services={"w": {"consumes": {"t": consumes}}}, topics=parts.pop("topics", TOPIC), **parts)


@pytest.mark.row("M1")
def test_publish_subscribe_is_one_topic_with_one_partition() -> None:
    assert worker({}).topics["t"].partitions == 1
    assert tube().topics["video.processed"].partitions == 1


@pytest.mark.row("M2")
def test_each_consuming_service_has_its_own_group() -> None:
    groups = {c.service: c.group for c in index.consumers(tube())["video.processed"]}
    assert groups == {name: name for name in ("upload", "catalog", "statistics", "notifications")}


@pytest.mark.row("M3")
def test_notifications_may_be_split_into_senders() -> None:
    senders = ("email", "push", "sms")
    topology = system(
        services={
            "notifications": {"publishes": [f"notification.{s}" for s in senders]},
            **{s: {"consumes": [f"notification.{s}"]} for s in senders},
        },
        topics={f"notification.{s}": {"message": "x.v1.Made"} for s in senders},
    )
    assert [topology.services[s].consumes[f"notification.{s}"].group for s in senders] == list(senders)


@pytest.mark.row("M4")
@pytest.mark.parametrize(("environment", "partitions"), [("local", 12), ("prod", 36)])
def test_point_to_point_has_three_partitions_an_instance(environment: str, partitions: int) -> None:
    topology = tube(environment)
    assert topology.topics["video.uploaded"].partitions == partitions
    assert partitions == 3 * topology.services["processing"].replicas.max


@pytest.mark.row("M5")
@pytest.mark.row("M6")
def test_all_instances_of_processing_are_static_members_of_one_group() -> None:
    """Static membership needs the classic protocol (KAF007) and pods that keep their names."""
    service = tube().services["processing"]
    found = service.consumes["video.uploaded"]
    assert (found.group, found.membership, found.protocol) == (
        "processing",
        Membership.STATIC,
        GroupProtocol.CLASSIC,
    )
    assert service.identity == "stable"


def test_dynamic_members_use_the_new_protocol() -> None:
    assert group({}).protocol is GroupProtocol.CONSUMER
    assert group({"protocol": "classic"}).protocol is GroupProtocol.CLASSIC


def test_a_share_group_speaks_a_protocol_of_its_own() -> None:
    assert group({"membership": "share"}).protocol is GroupProtocol.SHARE


@pytest.mark.row("F2.2")
def test_each_group_has_retry_topics_and_a_dead_letter_topic_no_less_safe_than_the_source() -> None:
    topology = tube()
    source = topology.topics["video.uploaded"]
    found = [t for t in topology.topics.values() if t.source == "video.uploaded"]
    assert [(t.name, t.role) for t in found] == [
        ("video.uploaded.processing.retry.5s", TopicRole.RETRY),
        ("video.uploaded.processing.retry.1m", TopicRole.RETRY),
        ("video.uploaded.processing.dlt", TopicRole.DEAD_LETTER),
    ]
    for topic in found:
        assert topic.replication_factor == source.replication_factor
        assert topic.min_insync_replicas == source.min_insync_replicas
        assert topic.max_message_bytes == source.max_message_bytes + 4096, "room for a letter's headers"
        assert topic.message == source.message


def test_retry_and_dead_letter_topics_have_key_and_version_of_their_source() -> None:
    topics = system(
        topics={"t": {"message": "x.v1.Made", "key": "id", "version": "number"}},
        services={"w": {"consumes": {"t": {"retries": ["5s"]}}}},
    ).topics
    assert len(topics) == 3
    assert {(each.key, each.version) for each in topics.values()} == {("id", "number")}


@pytest.mark.parametrize(("retention", "kept_days"), [("1d", 14), ("7d", 14), ("30d", 60)])
def test_dead_letters_are_kept_twice_as_long_and_at_least_14_days(retention: str, kept_days: int) -> None:
    topology = worker({}, topics={"t": {"message": "x.v1.Made", "retention": retention}})
    assert topology.topics["t.w.dlt"].retention == kept_days * 86_400


@pytest.mark.parametrize(("outage", "kept_days"), [("1d", 7), ("10d", 10)])
def test_a_topic_keeps_its_records_as_long_as_any_group_may_be_away(outage: str, kept_days: int) -> None:
    topology = worker({"outage": outage}, topics=TOPIC)
    assert topology.topics["t"].retention == kept_days * 86_400


def test_a_retry_topic_keeps_a_record_for_its_wait_and_an_outage_after_it() -> None:
    topology = worker({"retries": ["1m", "5d"]}, topics={"t": {"message": "x.v1.Made", "retention": "4d"}})
    kept = [t.retention / 86_400 for t in topology.topics.values() if t.role is TopicRole.RETRY]
    assert kept == [4, 8]


def test_a_retry_or_dead_letter_topic_can_be_written_by_name() -> None:
    topology = worker({}, topics={**TOPIC, "t.w.dlt": {"retention": "90d", "partitions": 3}})
    topic = topology.topics["t.w.dlt"]
    assert (topic.role, topic.retention, topic.partitions, topic.message) == (
        TopicRole.DEAD_LETTER,
        90 * 86_400,
        3,
        "x.v1.Made",
    )


def test_ordered_groups_have_no_retry_topics() -> None:
    """A waiting record would be overtaken by the next of its key (KAF013)."""
    found = group({"ordering": "key"})
    assert found.retries == ()
    assert found.dead_letter == "t.w.dlt"


def test_dead_letters_can_be_forgone_and_attempts_be_one() -> None:
    topology = worker({"dead_letter": False, "attempts": 1})
    assert list(topology.topics) == ["t"]


def test_retries_say_how_long_a_record_waits() -> None:
    assert [(s.topic, s.delay) for s in group({"retries": ["1s", "10m"]}).retries] == [
        ("t.w.retry.1s", 1.0),
        ("t.w.retry.10m", 600.0),
    ]


@pytest.mark.parametrize(
    ("consumes", "interval", "records"),
    [
        ({}, 300.0, 15),
        ({"handler": "120s"}, 300.0, 1),
        ({"handler": "10m"}, 1200.0, 1),
        ({"handler": "1ms"}, 300.0, 100),
        ({"handler": "1s", "max_poll_records": 500}, 1000.0, 500),
        ({"handler": "1s", "max_poll_interval": "20s"}, 20.0, 10),
        ({"handler": "0s"}, 300.0, 100),
        ({"session_timeout": "10m"}, 300.0, 15),
        ({"session_timeout": "10m", "protocol": "classic"}, 600.0, 30),
    ],
)
def test_records_of_one_poll_fit_twice_into_its_interval(
    consumes: dict[str, Any], interval: float, records: int
) -> None:
    """KAF011: a member that polls too late is put out, and its records are handled again elsewhere."""
    found = group(consumes)
    assert (found.max_poll_interval, found.max_poll_records) == (interval, records)
    assert found.max_poll_records * found.handler_timeout * 2 <= found.max_poll_interval


@pytest.mark.row("F2.3")
def test_delivery_is_at_least_once_and_a_database_remembers_what_was_handled() -> None:
    found = tube().services["statistics"].consumes["video.processed"]
    assert (found.commit, found.offset_reset, found.inbox) == ("after-effect", "earliest", True)
    assert not group({}).inbox


@pytest.mark.row("F2.4")
def test_a_publication_of_a_service_with_a_database_goes_through_the_outbox() -> None:
    assert tube().services["upload"].publishes["video.uploaded"].outbox
    topology = system(services={"w": {"publishes": ["t"]}}, topics=TOPIC)
    assert not topology.services["w"].publishes["t"].outbox


@pytest.mark.parametrize(("brokers", "copies", "in_sync"), [(1, 1, 1), (2, 2, 1), (3, 3, 2), (5, 3, 2)])
@pytest.mark.row("F2.5")
def test_copies_are_three_or_as_many_as_there_are_brokers(brokers: int, copies: int, in_sync: int) -> None:
    topic = system(topics=TOPIC, kafka={"brokers": brokers}).topics["t"]
    assert (topic.replication_factor, topic.min_insync_replicas) == (copies, in_sync)


def test_defaults_of_the_file_come_before_ours() -> None:
    topology = worker(
        {},
        defaults={
            "consumes": {"handler": "3s", "retries": ["2s"], "attempts": 2},
            "topics": {"retention": "2d", "partitions": 4},
        },
    )
    found = topology.services["w"].consumes["t"]
    assert (found.handler_timeout, found.attempts, [s.delay for s in found.retries]) == (3.0, 2, [2.0])
    assert (topology.topics["t"].retention, topology.topics["t"].partitions) == (172_800.0, 4)


def test_a_share_group_speaks_its_own_protocol_whatever_the_defaults_say() -> None:
    topology = system(
        defaults={"consumes": {"protocol": "classic"}},
        services={"a": {"consumes": {"t": {"membership": "share"}}}, "b": {"consumes": {"t": {}}}},
        topics={"t": {"message": "x.v1.Made"}},
    )
    assert [topology.services[name].consumes["t"].protocol.value for name in ("a", "b")] == [
        "share",
        "classic",
    ]
