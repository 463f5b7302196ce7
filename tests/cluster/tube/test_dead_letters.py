"""Dead letters in a person's hands: found, understood, sent back to the one group that failed, or put aside (rows F2.2, F2.3)."""

import json
import time
from typing import Any

import pytest

from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.letters import MEND, Refused
from tests.cluster.tube.load import Court
from tests.cluster.tube.postgres import Postgres
from tests.cluster.tube.system import ROOT, wireplan
from tests.cluster.tube.wait import eventually

TUBE = ROOT / "stacks" / "tube"
SOURCE, DEAD = "video.processed", "video.processed.statistics.dlt"
LANES = 120.0
"""Seconds until a record has gone through its four attempts: they wait 5 s, 10 s, and 10 s again, on a busy machine longer."""


def listed(*words: str) -> dict[str, dict[str, Any]]:
    """The letters of statistics as `wireplan dead-letters list` tells them, by the key of their record."""
    told = json.loads(
        wireplan("dead-letters", "list", TUBE, "--group", "statistics", "--format", "json", *words)
    )
    return {each["key"]: each for each in told["letters"]}


@pytest.fixture(scope="module")
def refused(refusing: Refused, kafka: Kafka) -> Refused:
    """Both films are dead letters."""
    for video in refusing.videos:
        refusing.owner.until(video, "ready", within=120)

    def dead() -> bool:
        return set(refusing.videos) <= {record.key for record in kafka.read(DEAD)}

    eventually(dead, "statistics has given both up", LANES)
    return refusing


def called(kafka: Kafka, video: str) -> str:
    """What a film's letter is called: its place."""
    (letter,) = [record for record in kafka.read(DEAD) if record.key == video]
    return f"{DEAD}/{letter.partition}/{letter.offset}"


def facts(postgres: Postgres, video: str) -> list[list[str]]:
    """What statistics knows of a film, with the transaction that wrote it."""
    return postgres.rows("statistics", f"select xmin, ready from facts where video_id = '{video}'")


@pytest.mark.row("F2.2")
def test_a_record_that_failed_every_attempt_is_listed_with_its_reason_and_shown_as_its_message(
    refused: Refused, kafka: Kafka
) -> None:
    (source,) = [record for record in kafka.read(SOURCE) if record.key == refused.replayed]
    letter = listed("--topic", SOURCE)[refused.replayed]
    assert letter["letter"] == called(kafka, refused.replayed)
    assert letter["source"] == {"topic": SOURCE, "partition": source.partition, "offset": source.offset}
    assert (letter["state"], letter["attempts"], letter["service"]) == ("open", 4, "statistics")
    assert (letter["error"]["class"], letter["error"]["type"]) == ("business", "CheckViolation")
    assert '"refused"' in letter["error"]["reason"]
    assert letter["event_id"] == source.headers["event-id"]
    assert 0 <= letter["age"] < time.monotonic() - refused.since
    shown = json.loads(wireplan("dead-letters", "show", letter["letter"], TUBE, "--format", "json"))
    assert shown["value"]["what"] == "tube.events.v1.VideoProcessed"
    assert shown["value"]["json"]["video_id"] == refused.replayed
    assert shown["headers"]["source-topic"] == SOURCE


@pytest.mark.row("F2.2")
@pytest.mark.row("F2.3")
def test_once_the_cause_is_mended_a_replay_is_handled_once_and_by_the_group_that_failed_alone(
    refused: Refused, kafka: Kafka, postgres: Postgres, court: Court
) -> None:
    video = refused.replayed
    letter = called(kafka, video)
    assert facts(postgres, video) == []
    eventually(lambda: kafka.lag() == 0, "everything else is handled", 60)
    published = kafka.ends(SOURCE)
    postgres.script(MEND)
    said = wireplan("dead-letters", "replay", letter, TUBE, "--yes")
    assert said == f"replayed: {letter} -> {SOURCE}.statistics.retry.5s\n"
    (known,) = eventually(lambda: facts(postgres, video), "statistics has taken note of the film", 60)
    assert known[1] == "t"
    assert kafka.ends(SOURCE) == published, "no other group was given it again"
    rows = court.rows(refused.owner.id)
    assert {place: held.get(video) for place, held in rows.items()} == dict.fromkeys(rows, 1)

    wireplan("dead-letters", "replay", letter, TUBE, "--again", "--yes")
    eventually(lambda: kafka.lag() == 0, "the second replay is handled too", 60)
    assert facts(postgres, video) == [known], "and had no effect: the inbox knew its event"


@pytest.mark.row("F2.2")
def test_a_discarded_letter_is_no_longer_open_and_lies_where_it_lay(
    refused: Refused, kafka: Kafka, postgres: Postgres
) -> None:
    video = refused.discarded
    letter = called(kafka, video)
    said = wireplan("dead-letters", "discard", letter, TUBE, "--yes")
    assert said == f"discarded: {letter}\n"
    assert not {video, refused.replayed} & set(listed()), "what is done with is listed no more"
    states = {key: each["state"] for key, each in listed("--all").items()}
    assert (states[video], states[refused.replayed]) == ("discarded", "replayed")
    wireplan("dead-letters", "replay", letter, TUBE, "--yes", status=2)
    wireplan("dead-letters", "replay", "--group", "statistics", "--yes", TUBE)
    eventually(lambda: kafka.lag() == 0, "everything is handled", LANES)
    assert facts(postgres, video) == []
    assert [record.key for record in kafka.read(DEAD)].count(video) == 1
