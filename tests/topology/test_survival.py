"""By which copies an acknowledged write survives: the numbers against an adversary who tries everything, the schedules against the file."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.topology import durability
from wireplan.topology.describe import at
from wireplan.topology.survival import Kind, Write, writes

from tests.topology.conftest import system, tube

SIZES = st.integers(1, 5)


def subsets(members: range, sizes: range) -> Iterator[frozenset[int]]:
    """All sets of some of the members."""
    for size in sizes:
        yield from (frozenset(each) for each in combinations(members, size))


def fewest(members: int, loses: Any) -> int:
    """How many disks an adversary needs, who may restart one member besides (-1: none)."""
    everybody = range(members)
    for number in range(members + 1):
        for failed in subsets(everybody, range(number, number + 1)):
            if any(loses(failed, failed | {away}) for away in (-1, *everybody)):
                return number
    raise AssertionError("the failure of all loses everything")


def record_lost(brokers: int, least: int, *, unclean: bool) -> Any:
    """Whether a record that some in-sync set of the least size has is lost when some disks fail and some brokers are away."""

    def loses(failed: frozenset[int], away: frozenset[int]) -> bool:
        for holders in subsets(range(brokers), range(least, brokers + 1)):
            others = set(range(brokers)) - holders - away
            if holders <= failed or (unclean and holders <= away and others):
                return True
        return False

    return loses


def topic(brokers: int, least: int, *, unclean: bool) -> durability.Safety:
    """The safety of a topic with so many copies."""
    found = system(
        services={"a": {"publishes": ["t"]}},
        topics={"t": {"replication_factor": brokers, "min_insync_replicas": least, "message": "x.v1.Made"}},
        kafka={"brokers": brokers, "unclean_leader_election": unclean},
    )
    return durability.of_topic(found.topics["t"], found.kafka)


@given(SIZES, SIZES, st.booleans())
def test_a_record_survives_what_an_adversary_with_one_disk_less_cannot_do(
    brokers: int, least: int, unclean: bool
) -> None:
    least = min(least, brokers)
    found = topic(brokers, least, unclean=unclean)
    disks = fewest(brokers, record_lost(brokers, least, unclean=unclean))
    assert found.survives == max(0, disks - 1)
    assert [found.left(n) for n in range(4)] == [least - n if n < max(1, disks) else 0 for n in range(4)]


def commit_lost(members: int, number: int, *, quorum: bool) -> Any:
    """Whether a commit is lost that the primary (0) and `number` replicas have; the operator promotes the most advanced replica that it sees."""

    def loses(failed: frozenset[int], away: frozenset[int]) -> bool:
        for confirmed in subsets(range(1, members), range(number, number + 1)):
            holders = confirmed | {0}
            seen = set(range(1, members)) - away
            promoted = 0 in away and bool(seen) and (not quorum or len(seen) + number > members - 1)
            if holders <= failed or (promoted and not seen & holders):
                return True
        return False

    return loses


def database(**written: Any) -> durability.Safety:
    """The safety of a database."""
    found = system(
        services={"a": {"database": "d"}}, databases={"m": {"databases": ["d"], **written}}
    ).databases["m"]
    return durability.of_database(found)


@given(st.integers(2, 6), st.integers(1, 5), st.booleans())
def test_a_commit_survives_what_an_adversary_with_one_disk_less_cannot_do(
    members: int, number: int, quorum: bool
) -> None:
    number = min(number, members - 1)
    asked = {"number": number, "failover_quorum": quorum}
    found = database(instances=members, synchronous=asked)
    disks = fewest(members, commit_lost(members, number, quorum=quorum))
    assert found.survives == max(0, disks - 1)
    assert len(found.copies) == number + 1


@pytest.mark.parametrize(
    ("written", "survives"),
    [
        ({}, 1),
        ({"instances": 1}, 0),
        ({"instances": 1, "synchronous": {"number": 1}}, 0),
        ({"instances": 2}, 0),
        ({"instances": 2, "rpo": "0s"}, 1),
        ({"rpo": "5m"}, 0),
        ({"instances": 5, "synchronous": {"number": 2}}, 2),
        ({"synchronous": {"durability": "preferred"}}, 0),
        ({"parameters": {"fsync": "off"}}, 0),
        ({"parameters": {"synchronous_commit": "off"}}, 0),
        ({"parameters": {"synchronous_commit": "local"}}, 0),
        ({"parameters": {"synchronous_commit": "remote_apply"}}, 1),
    ],
)
def test_a_commit_is_as_safe_as_what_must_have_it_first(written: dict[str, Any], survives: int) -> None:
    assert database(**written).survives == survives


def found(**parts: Any) -> dict[tuple[Kind, str, str], Write]:
    """The writes of a system by kind, writer and target."""
    return {(each.kind, each.writer, each.target): each for each in writes(system(**parts))}


def test_what_others_run_is_theirs_to_promise() -> None:
    proved = found(
        environment={"postgres": "external"},
        services={"a": {"database": "d", "buckets": {"films": "write"}}},
        databases={"m": {"databases": ["d"]}},
        buckets={"films": {}},
        object_store={"provider": "external", "endpoint": "https://s3.example"},
    )
    assert [write.survives for write in proved.values()] == [None, None]


def test_every_acknowledged_write_of_the_reference_system_is_told() -> None:
    told = {(each.kind, each.writer, each.target): each.survives for each in writes(tube("prod"))}
    assert told[Kind.COMMIT, "auth", "accounts"] == 1
    assert told[Kind.EVENT, "upload", "video.uploaded"] == 1
    assert told[Kind.EFFECT, "notifications", "video.processed"] == 1
    assert told[Kind.UPLOAD, "public", "originals"] == 0
    assert told[Kind.OBJECT, "processing", "renditions"] == 0
    assert (Kind.OBJECT, "media", "renditions") not in told, "it only reads"
    assert len(told) == 24


@pytest.mark.parametrize(("members", "brokers", "survives"), [(3, 3, 1), (1, 3, 0), (3, 1, 0), (5, 3, 1)])
def test_an_event_is_as_safe_as_the_weaker_of_its_database_and_its_topic(
    members: int, brokers: int, survives: int
) -> None:
    proved = found(
        services={"a": {"database": "d", "publishes": ["t"]}},
        databases={"m": {"databases": ["d"], "instances": members}},
        topics={"t": {"message": "x.v1.Made"}},
        kafka={"brokers": brokers},
    )
    event = proved[Kind.EVENT, "a", "t"]
    assert event.survives == survives
    assert [stage.when for stage in event.stages] == ["until the brokers have it", "from then on"]


def test_a_record_that_goes_to_the_brokers_at_once_has_their_copies_alone() -> None:
    proved = found(services={"a": {"publishes": ["t"]}}, topics={"t": {"message": "x.v1.Made"}})
    (record,) = proved.values()
    assert record.kind is Kind.RECORD
    assert [copy.where for copy in record.weakest.copies] == ["broker 0, the leader", "broker 1, in sync"]


@pytest.mark.parametrize(("acks", "where"), [("leader", ["the leader"]), ("none", [])])
def test_a_record_that_not_all_in_sync_acknowledge_survives_nothing(acks: str, where: list[str]) -> None:
    proved = found(
        services={"a": {"publishes": {"t": {"acks": acks}}}}, topics={"t": {"message": "x.v1.Made"}}
    )
    (record,) = proved.values()
    assert (record.survives, [copy.where for copy in record.weakest.copies]) == (0, where)


def test_an_offset_before_the_effect_leaves_no_copy_of_what_was_to_be_done() -> None:
    proved = found(
        services={"a": {"database": "d", "consumes": {"t": {"commit": "before-effect"}}}},
        databases={"m": {"databases": ["d"]}},
        topics={"t": {"message": "x.v1.Made"}},
    )
    effect = proved[Kind.EFFECT, "a", "t"]
    assert (effect.survives, effect.weakest.copies) == (0, ())


def test_what_can_be_kept_in_a_cache_only_has_no_copy() -> None:
    alone = {"serves": "x.v1.A", "caches": ["fast"]}
    entry = found(services={"a": alone}, caches=["fast"])[Kind.ENTRY, "a", "Put"]
    assert (entry.survives, entry.weakest.copies) == (0, ())
    kept = {**alone, "database": "d"}
    safe = found(services={"a": kept}, caches=["fast"], databases={"m": {"databases": ["d"]}})
    assert [write.kind for write in safe.values()] == [Kind.COMMIT]


def test_counting_requests_in_a_cache_is_no_write() -> None:
    limit = {"rate": "1/s", "burst": 1, "store": "fast"}
    assert found(services={"a": {"serves": "x.v1.A", "rate_limit": limit}}, caches=["fast"]) == {}


def test_the_shortest_schedule_ends_with_the_failure_of_every_copy() -> None:
    schedule = topic(3, 2, unclean=False).schedule
    assert [path for path, _ in schedule] == [
        ("topics", "t", "min_insync_replicas"),
        ("topics", "t"),
        ("topics", "t", "min_insync_replicas"),
    ]
    assert schedule[-1][1].startswith("The disks of brokers 0 and 1 fail at once")
    assert topic(3, 1, unclean=False).schedule[-1][1].startswith("The disk of broker 0 fails")


@given(SIZES, SIZES, st.booleans())
def test_a_schedule_names_no_broker_that_is_not_there(brokers: int, least: int, unclean: bool) -> None:
    found = topic(brokers, min(least, brokers), unclean=unclean)
    text = " ".join(words for _, words in found.schedule)
    assert f"broker {brokers}" not in text
    assert all(words.endswith(".") for _, words in found.schedule)


@pytest.mark.parametrize("environment", [None, "local", "prod"])
def test_each_step_stands_on_a_value_of_the_topology(environment: str | None) -> None:
    topology = tube(environment)
    for write in writes(topology):
        for stage in write.stages:
            assert stage.safety.schedule, "there is always a way to lose it"
            for path, _ in stage.safety.schedule:
                at(topology, path)
                assert topology.place(*path).line > 1, "the file has a line for it"
