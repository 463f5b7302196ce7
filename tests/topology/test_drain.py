"""Whether a group keeps up, and when it has caught up: the arithmetic against a fluid that is poured step by step."""

from math import inf, isclose
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from wireplan.topology.drain import Drain, declared, drains, needed
from wireplan.topology.types import Topology

from tests.topology.conftest import system

DAY = 86_400.0


def one(group: dict[str, Any], topic: dict[str, Any], replicas: object = 1) -> Drain:
    """The proof of one group on one topic."""
    (found,) = drains(written(group, topic, replicas))
    return found


def written(group: dict[str, Any], topic: dict[str, Any], replicas: object = 1) -> Topology:
    """A service that consumes one topic."""
    service = {"replicas": replicas, "consumes": {"t": group}}
    return system(services={"a": service}, topics={"t": {"message": "x.v1.Made", **topic}})


def test_the_pace_is_pods_times_concurrency_by_the_mean() -> None:
    found = one({"handler": {"mean": "200ms"}, "concurrency": 5}, {"partitions": 12, "rate": "50/s"}, 3)
    assert (found.most.working, found.most.capacity) == (3.0, 75.0)
    assert found.keeps_up


def test_what_waits_is_worked_off_by_what_the_rate_leaves() -> None:
    """An hour away at 50/s: 180 000 records, and 25/s are left for them."""
    group = {"handler": {"mean": "200ms"}, "concurrency": 5, "outage": "1h"}
    found = one(group, {"partitions": 12, "rate": "50/s"}, 3)
    assert (found.backlog, found.most.catch_up) == (180_000.0, 7200.0)


def test_the_fewest_and_the_most_pods_of_an_autoscaler_each_have_their_pace() -> None:
    found = one({"handler": {"mean": "1s"}}, {"partitions": 12, "rate": "3/s"}, "2..4")
    assert (found.fewest.pods, found.most.pods) == (2, 4)
    assert found.fewest.catch_up == inf
    assert found.keeps_up, "the autoscaler may go to the most"


@pytest.mark.parametrize(
    ("partitions", "pods", "working"),
    [(1, 20, 1.0), (12, 4, 4.0), (12, 5, 4.0), (10, 4, 10 / 3), (3, 3, 3.0), (7, 1, 1.0)],
)
def test_the_pod_with_most_partitions_sets_the_pace(partitions: int, pods: int, working: float) -> None:
    assert one({}, {"partitions": partitions}, pods).most.working == working


def test_all_pods_of_a_share_group_work_whatever_the_partitions() -> None:
    assert one({"membership": "share"}, {"partitions": 1}, 8).most.working == 8.0


def test_without_a_mean_a_record_needs_the_longest_time() -> None:
    assert one({"handler": "5s"}, {}).handling == 5.0
    assert one({"handler": {"mean": "1s", "timeout": "5s"}}, {}).handling == 1.0


def test_a_mean_for_all_groups_is_no_longer_than_a_group_allows() -> None:
    common = {"consumes": {"handler": {"mean": "3s"}}}
    topology = system(
        defaults=common,
        services={"a": {"consumes": {"t": {"handler": "1s"}}}},
        topics={"t": {"message": "x.v1.Made"}},
    )
    assert next(iter(drains(topology))).handling == 1.0


def test_a_topic_without_a_rate_proves_what_its_groups_can_do_and_nothing_more() -> None:
    topology = written({}, {})
    assert [found.rate for found in drains(topology)] == [None]
    assert list(declared(topology)) == []


def test_the_time_to_catch_up_is_bounded_by_what_is_promised_else_by_retention() -> None:
    assert one({"catch_up": "2h"}, {"retention": "9d"}).limit == 7200.0
    assert one({}, {"retention": "9d"}).limit == 9 * DAY


RATES = st.integers(1, 200)


@given(RATES, RATES, st.integers(1, 500))
def test_what_comes_until_it_has_caught_up_is_what_it_handles_until_then(
    comes: int, pace: int, away: int
) -> None:
    """rate x (outage + catch-up) = capacity x catch-up, and a group without room never gets there."""
    group = {"handler": {"mean": "1s"}, "concurrency": pace, "outage": f"{away}s"}
    found = one(group, {"rate": f"{comes}/s"})
    if pace <= comes:
        assert (found.keeps_up, found.most.catch_up) == (False, inf)
    else:
        handled = found.most.capacity * found.most.catch_up
        assert isclose(comes * (away + found.most.catch_up), handled)


@given(RATES, RATES, st.integers(60, 100_000))
def test_the_first_record_is_lost_when_the_one_being_read_is_as_old_as_retention(
    comes: int, pace: int, kept: int
) -> None:
    assume(pace < comes)
    group = {"handler": {"mean": "1s"}, "concurrency": pace}
    found = one(group, {"rate": f"{comes}/s", "retention": f"{kept}s"})
    published = pace * found.most.lost / comes  # when the record that is read at that moment was published
    assert isclose(found.most.lost - published, kept)


@given(st.integers(1, 60), st.integers(1, 60))
def test_more_pods_never_do_less(partitions: int, pods: int) -> None:
    fewer, more = (one({}, {"partitions": partitions}, n).most.working for n in (pods, pods + 1))
    assert fewer <= more <= min(partitions, pods + 1)


@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 9), st.integers(1, 300))
def test_what_would_do_does(comes: int, concurrency: int, pods: int, wanted: int) -> None:
    """The concurrency that a fix names reaches the pace that was asked for, and one less does not."""
    group = {"handler": {"mean": "250ms"}, "concurrency": concurrency}
    topic = {"partitions": 36, "rate": f"{comes}/s"}
    found = one(group, topic, pods)
    _, enough = needed(found, float(wanted))
    assert one({**group, "concurrency": enough}, topic, pods).most.capacity >= wanted
    if enough > 1:
        assert one({**group, "concurrency": enough - 1}, topic, pods).most.capacity < wanted
