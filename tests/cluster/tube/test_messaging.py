"""Messages: point to point before processing, publish and subscribe after it (rows P8, M1, M2, M4, M5, M6)."""

from collections import Counter
from typing import Any

import pytest

from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube, names
from tests.cluster.tube.postgres import Postgres
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import User

UPLOADED, PROCESSED = "video.uploaded", "video.processed"


@pytest.mark.row("P8")
def test_an_upload_reaches_processing_as_a_record(user: User, kafka: Kafka) -> None:
    video = user.upload("over Kafka")
    user.until(video, "ready")
    (record,) = [record for record in kafka.read(UPLOADED) if record.key == video]
    place = f"{UPLOADED}/{record.partition}"
    eventually(
        lambda: kafka.offsets("processing")[place]["committed"] > record.offset,
        "the group has moved past it",
        30,
    )


@pytest.mark.row("M1")
@pytest.mark.row("F2.1")
def test_what_is_published_has_one_partition_on_three_brokers(kafka: Kafka) -> None:
    partitions = kafka.topics()[PROCESSED]
    assert list(partitions) == ["0"]
    assert partitions["0"]["replicas"] == [0, 1, 2]


@pytest.mark.row("M2")
def test_each_subscriber_has_its_own_group_and_gets_every_record(
    user: User, video: str, kafka: Kafka, postgres: Postgres
) -> None:
    user.upload("for everybody")
    eventually(lambda: kafka.lag() == 0, "everything is handled", 60)
    published = {record.headers["event-id"] for record in kafka.read(PROCESSED)}
    end = kafka.ends(PROCESSED)["0"]
    for group in ("catalog", "statistics", "notifications"):
        # Others publish meanwhile, too.
        eventually(
            lambda group=group: kafka.offsets(group)[f"{PROCESSED}/0"]["committed"] >= end,
            f"{group} has moved past all of them",
        )
        seen = {
            row[0] for row in postgres.rows(group, f"select event_id from inbox where consumer = '{group}'")
        }
        dead = {record.headers.get("event-id") for record in kafka.read(f"{PROCESSED}.{group}.dlt")}
        assert published <= seen | dead, group


@pytest.mark.row("M2")
@pytest.mark.row("P9")
def test_the_author_hears_of_it_and_so_do_followers(user: User, stranger: User) -> None:
    stranger.ask("PUT", f"/v1/following/{user.id}").expect(204)
    video = user.upload("news")

    def heard(who: User) -> set[str]:
        notifications = who.ask("GET", "/v1/notifications").expect(200).json["notifications"]
        return {each["kind"] for each in notifications if each["video_id"] == video}

    eventually(lambda: heard(user) == {"video_ready"}, "the author hears that it is ready", 60)
    eventually(lambda: heard(stranger) == {"video_published"}, "the follower hears that it is out", 30)
    stranger.ask("DELETE", f"/v1/following/{user.id}").expect(204)


@pytest.mark.row("M4")
def test_there_are_three_partitions_for_each_possible_instance(
    autoscaler: dict[str, Any], kafka: Kafka
) -> None:
    assert len(kafka.topics()[UPLOADED]) == 3 * autoscaler["maxReplicas"]


@pytest.mark.row("M5")
def test_all_instances_are_one_group_and_each_partition_has_one_of_them(kube: Kube, kafka: Kafka) -> None:
    def shared() -> bool:
        group = kafka.group("processing")
        assert group["state"] == "STABLE"
        assert len(group["members"]) == len(kube.ready_pods("processing")) >= 2
        owners = Counter(
            each
            for member in group["members"]
            for each in member["partitions"]
            if each.startswith(f"{UPLOADED}/")
        )
        assert owners == Counter(f"{UPLOADED}/{number}" for number in kafka.topics()[UPLOADED])
        assert all(member["partitions"] for member in group["members"])
        return True

    eventually(shared, "the partitions are shared out", 60)


def assignments(kafka: Kafka) -> dict[str, list[str]]:
    """What each static member has, by its name; nothing while the group is between two states."""
    group = kafka.group("processing")
    if group["state"] != "STABLE":
        return {}
    return {member["instance"]: member["partitions"] for member in group["members"]}


@pytest.mark.row("M6")
def test_a_member_is_named_as_its_pod_and_keeps_its_partitions_over_a_restart(
    kube: Kube, kafka: Kafka, calm: None
) -> None:
    pods = kube.ready_pods("processing")
    environment = {each["name"]: each for each in pods[0]["spec"]["containers"][0]["env"]}
    assert environment["GROUP_INSTANCE_ID"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
    before = assignments(kafka)
    assert sorted(before) == names(pods)
    killed, *others = names(pods)
    gone = kube.kill(killed)
    found = kube.back("processing", gone, len(pods))
    assert names(found) == names(pods)

    def same() -> bool:
        now = assignments(kafka)
        assert {name: now.get(name) for name in others} == {name: before[name] for name in others}, now
        return now == before

    eventually(same, "the same partitions under the same name", 60)
