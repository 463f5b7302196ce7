"""Dead letters as the model knows them: their names, whose they are, and that only the group that failed sees one again (row F2.2)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.rim import sources
from wireplan.topology import letters
from wireplan.topology.letters import Wanted
from wireplan.topology.types import Topology

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube" / "topology.yaml"
SHOP = """system: shop
services:
  front: {kind: gateway, publishes: [orders, bills]}
  billing: {database: billing, consumes: {orders: {ordering: key}}}
  stock: {database: stock, consumes: {orders: {}, bills: {ordering: key, dead_letter: DEAD}}}
topics: {orders: {key: id, message: shop.v1.Order}, bills: {key: id, message: shop.v1.Bill}}
kafka: {}
databases: {main: {databases: [billing, stock]}}
edges: {public: {host: shop.example, routes: [{path: /, to: front}]}}
"""


def shop(folder: Path, dead: str = "true") -> Topology:
    (folder / "topology.yaml").write_text(SHOP.replace("DEAD", dead))
    return sources.topology(folder / "topology.yaml")


@pytest.fixture(scope="module")
def tube() -> Topology:
    return sources.topology(TUBE, "local")


@given(st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True), st.integers(0, 9999), st.integers(0, 10**15))
def test_a_name_is_a_place(topic: str, partition: int, offset: int) -> None:
    assert letters.place_of(f"{topic}/{partition}/{offset}") == (topic, partition, offset)


@pytest.mark.parametrize(
    "name", ["", "stacks/tube", "a/b/0/1", "t/0/x", "t/-1/0", "t/0/1/", "/0/1", "t /0/1", "t/0/1\n"]
)
def test_what_is_no_name_has_no_place(name: str) -> None:
    assert letters.place_of(name) is None


@pytest.mark.parametrize(("wanted", "groups"), [
    (Wanted(), ["upload", "processing", "processing-unwanted", "catalog", "statistics", "notifications",
                "notifications-email", "notifications-push", "notifications-sms"]),
    (Wanted(topic="video.processed"), ["upload", "catalog", "statistics", "notifications"]),
    (Wanted(topic="video.processed", group="statistics"), ["statistics"]),
    (Wanted(service="processing", kind="poison"), ["processing", "processing-unwanted"]),
    (Wanted(service="processing", group="statistics"), []),
    (Wanted(service="gateway"), []),
])  # fmt: skip
def test_letters_of_groups_are_asked_for_by_service_group_and_topic(
    tube: Topology, wanted: Wanted, groups: list[str]
) -> None:
    assert [each.group for each in letters.groups(tube, wanted)] == groups


def test_a_group_without_dead_letters_is_left_out(tmp_path: Path) -> None:
    assert "bills.stock.dlt" not in letters.by_topic(shop(tmp_path, dead="false"))


def test_a_letter_goes_back_by_the_retry_topic_that_its_group_alone_reads(tube: Topology) -> None:
    group = letters.by_topic(tube)["video.processed.statistics.dlt"]
    assert letters.way_back(tube, group) == ("video.processed.statistics.retry.5s", "")


def test_where_order_matters_it_goes_back_to_its_topic_and_names_the_group_if_there_are_others(
    tmp_path: Path,
) -> None:
    topology = shop(tmp_path)
    known = letters.by_topic(topology)
    assert letters.way_back(topology, known["orders.billing.dlt"]) == ("orders", "billing")
    assert letters.way_back(topology, known["bills.stock.dlt"]) == ("bills", "")


def test_on_every_way_back_one_group_handles_the_record(tube: Topology, tmp_path: Path) -> None:
    for topology in (tube, shop(tmp_path)):
        for group in letters.by_topic(topology).values():
            topic, only = letters.way_back(topology, group)
            readers = {
                each.group for s in topology.services.values() for each in s.consumes.values()
                if topic == each.topic or topic in each.aside
            }  # fmt: skip
            assert {each for each in readers if only in ("", each)} == {group.group}


def test_what_a_letter_says_of_itself_may_be_anything(tube: Topology) -> None:
    topic = "video.uploaded.processing.dlt"
    told = {
        "topic": topic,
        "partition": 0,
        "offset": 3,
        "key": None,
        "time": 1.5,
        "size": 0,
        "state": "open",
        "attempts": "²",
        "replays": "-1",
    }
    (found,) = letters.letters(tube, [told, {**told, "topic": "of.another.dlt"}])
    assert (found.name, found.place) == (f"{topic}/0/3", (topic, 0, 3))
    assert (found.attempts, found.replays, found.kind, found.source) == (0, 0, "", ("", "", ""))
    assert found.message == "tube.events.v1.VideoUploaded", "where the record does not say, the topic does"
