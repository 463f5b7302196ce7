"""Consumers that fail: dead letters with a reason, and redelivery with one effect (rows F2.2, F2.3)."""

import uuid
from pathlib import Path

import pytest

from tests.cluster.tube.freeze import caught
from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube, names
from tests.cluster.tube.load import Court
from tests.cluster.tube.metrics import total
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import User

DEAD = "video.uploaded.processing.dlt"


@pytest.mark.row("F2.2")
def test_a_film_that_is_no_film_is_a_dead_letter_and_its_owner_hears_why(user: User, kafka: Kafka) -> None:
    video = user.upload("no film", b"this is no film " * 64)
    told = user.until(video, "failed", within=60)
    assert "no film" in told["failure_reason"]
    (source,) = [record for record in kafka.read("video.uploaded") if record.key == video]
    (letter,) = [record for record in kafka.read(DEAD) if record.key == video]
    assert letter.value == source.value
    headers = letter.headers
    assert (headers["source-topic"], headers["source-partition"], headers["source-offset"]) == (
        "video.uploaded", str(source.partition), str(source.offset),
    )  # fmt: skip
    assert headers["event-id"] == source.headers["event-id"]
    assert headers["error-reason"] == told["failure_reason"]

    def notified() -> bool:
        found = user.ask("GET", "/v1/notifications").expect(200).json["notifications"]
        return any(
            each["video_id"] == video and each["kind"] == "video_failed" and each["reason"] for each in found
        )

    eventually(notified, "the owner is told", 30)


@pytest.mark.row("F2.2")
@pytest.mark.row("P6")
def test_a_record_of_no_schema_is_a_dead_letter_and_the_next_one_is_handled(user: User, kafka: Kafka) -> None:
    key = str(uuid.uuid4())
    place = kafka.send("video.uploaded", key, b"\xff\xff\xff garbage")

    def lies_there() -> bool:
        letters = [record for record in kafka.read(DEAD) if record.key == key]
        assert len(letters) == 1
        assert letters[0].headers["source-offset"] == str(place["offset"])
        return letters[0].value == b"\xff\xff\xff garbage"

    eventually(lies_there, "the dead letter lies in its topic", 60)
    eventually(lambda: kafka.lag(["processing"]) == 0, "the partition has moved on", 60)
    user.until(user.upload("after the garbage"), "ready")


@pytest.mark.row("F2.2")
@pytest.mark.row("P6")
def test_a_record_that_breaks_a_rule_of_its_contract_is_a_dead_letter_that_says_which(kafka: Kafka) -> None:
    key = str(uuid.uuid4())
    ownerless = b"\x0a\x24" + key.encode()  # video_id, and nothing else
    kafka.send("video.uploaded", key, ownerless)

    def lies_there() -> bool:
        letters = [record for record in kafka.read(DEAD) if record.key == key]
        assert len(letters) == 1
        assert letters[0].headers["error-class"] == "poison"
        assert "breaks its contract: owner_id: " in letters[0].headers["error-reason"]
        return letters[0].value == ownerless

    eventually(lies_there, "the dead letter says which field", 60)
    eventually(lambda: kafka.lag(["processing"]) == 0, "the partition has moved on", 60)


@pytest.mark.row("F2.3")
def test_a_consumer_killed_at_work_does_it_again_with_one_effect(
    kube: Kube, kafka: Kafka, user: User, long_film: Path, court: Court, calm: None
) -> None:
    pods = names(kube.ready_pods("processing"))
    video = user.upload("interrupted", long_film.read_bytes())
    (killed,) = caught(kube, pods, "processing", "ffmpeg")
    gone = kube.kill(killed)
    assert user.state(video) == "uploaded"
    kube.back("processing", gone, len(pods))
    user.until(video, "ready", within=150)
    eventually(lambda: kafka.lag() == 0, "everything is handled", 60)
    assert [record.key for record in kafka.read("video.uploaded")].count(
        video
    ) == 1  # so it was delivered twice, from one record
    rows = court.rows(user.id)
    assert {place: held.get(video) for place, held in rows.items()} == dict.fromkeys(rows, 1)
    assert court.browser.plays(video)


@pytest.mark.row("F2.3")
def test_the_same_event_sent_twice_has_one_effect(kube: Kube, kafka: Kafka, user: User, court: Court) -> None:
    video = user.upload("twice")
    user.until(video, "ready")
    (record,) = [record for record in kafka.read("video.processed") if record.key == video]
    pods = names(kube.ready_pods("statistics"))

    def handled() -> float:
        return sum(total(kube, pod, "records_handled_total", group="statistics") for pod in pods)

    before = handled()
    kafka.send("video.processed", record.key, record.value, record.headers)
    eventually(lambda: kafka.lag() == 0, "everything is handled", 60)
    eventually(lambda: handled() > before, "statistics has seen it again", 20)
    rows = court.rows(user.id)
    assert {place: held.get(video) for place, held in rows.items()} == dict.fromkeys(rows, 1)
