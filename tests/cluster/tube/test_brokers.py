"""Brokers that are silent or refuse: the outbox keeps what cannot be sent (rows F2.4, F2.6). One that falls is in test_nothing_lost."""

from datetime import UTC, datetime

import pytest

from tests.cluster.tube.freeze import frozen
from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube, names
from tests.cluster.tube.postgres import Postgres
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import User

UNSENT = "select count(*) from outbox where sent_at is null and convert_from(key, 'UTF8') = '{}'"


@pytest.mark.row("F2.4")
def test_while_no_broker_answers_uploads_are_promised_and_their_events_are_sent_afterwards(
    kube: Kube, kafka: Kafka, postgres: Postgres, user: User, calm: None
) -> None:
    with frozen(kube, *names(kube.ready_pods("kafka")), container="kafka"):
        videos = [user.upload(f"without brokers {number}") for number in range(3)]
        eventually(
            lambda: [postgres.value("uploads", UNSENT.format(video)) for video in videos] == ["1"] * 3,
            "their sagas have reserved quota, and wait to send",
            30,
        )
        assert [user.state(video) for video in videos] == ["uploaded"] * 3
    for video in videos:
        user.until(video, "ready", within=90)
        assert postgres.value("uploads", UNSENT.format(video)) == "0"


@pytest.mark.row("F2.6")
def test_what_the_brokers_refuse_waits_in_the_outbox_and_is_sent_from_there_once_they_take_it(
    kube: Kube, kafka: Kafka, postgres: Postgres, user: User, calm: None
) -> None:
    """An error at once, where silence is only an error after minutes: the topic takes no record of this size."""
    began = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def refused() -> bool:
        said = (kube.log(pod, sinceTime=began) for pod in names(kube.ready_pods("upload")))
        return any(
            "did not acknowledge" in line and "too large" in line
            for text in said
            for line in text.splitlines()
        )

    with kafka.configured("video.uploaded", "max.message.bytes", "10"):
        videos = [user.upload(f"refused {number}") for number in range(2)]
        eventually(refused, "the producer of upload is given errors", 60)
        eventually(
            lambda: [postgres.value("uploads", UNSENT.format(video)) for video in videos] == ["1"] * 2,
            "both wait in the outbox",
            30,
        )
        assert not {record.key for record in kafka.read("video.uploaded")} & set(videos)
        assert [user.state(video) for video in videos] == ["uploaded"] * 2
    for video in videos:
        user.until(video, "ready", within=90)
        assert postgres.value("uploads", UNSENT.format(video)) == "0"
    sent = [record.key for record in kafka.read("video.uploaded")]
    assert [sent.count(video) for video in videos] == [1, 1]
