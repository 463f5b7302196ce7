"""publish-video across four services: done once, or undone, whatever becomes of its orchestrator (rows F3.4, F3.7)."""

import json
from pathlib import Path

import pytest

from tests.cluster.tube.freeze import frozen
from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube, names, uids
from tests.cluster.tube.load import Court
from tests.cluster.tube.postgres import Postgres
from tests.cluster.tube.system import ROOT, wireplan
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Browser, User

TUBE = ROOT / "stacks" / "tube"


@pytest.fixture(scope="module")
def author(browser: Browser, film: Path) -> User:
    """Somebody whose quota nobody else uses."""
    return User(browser.new(), film.read_bytes()).register()


def saga(postgres: Postgres, video: str) -> list[str]:
    """Where the saga of a film is: its state, its step, and why it turned back."""
    found = postgres.rows(
        "uploads",
        "select state, coalesce(step, '-'), coalesce(nullif(failure, ''), '-') "
        f"from sagas where name = 'publish-video' and key = '{video}'",
    )
    assert len(found) == 1, found
    return found[0]


def ends(postgres: Postgres, video: str, state: str, within: float = 30) -> list[str]:
    """Wait for the end of a film's saga."""

    def look() -> list[str]:
        found = saga(postgres, video)
        assert found[0] == state, found
        return found

    return eventually(look, f"the saga of {video} is {state}", within)


def reserved(postgres: Postgres, video: str) -> list[int]:
    """The bytes that are set aside for a film, request by request."""
    rows = postgres.rows("accounts", f"select size_bytes from quota_reservations where video_id = '{video}'")
    return [int(row[0]) for row in rows]


def used(postgres: Postgres, owner: User) -> int:
    """The bytes that an account uses."""
    return int(
        postgres.value("accounts", f"select used_bytes from quotas where account_id = '{owner.id}'") or 0
    )


def unfinished() -> dict[str, str]:
    """Steps of the sagas that have not ended, as `wireplan sagas` tells them, by their keys."""
    told = json.loads(wireplan("sagas", TUBE, "--format", "json"))
    return {each["key"]: each["step"] for each in told["sagas"]}


@pytest.mark.row("F3.4")
def test_a_film_is_published_by_a_saga_and_its_quota_is_used_once(
    author: User, postgres: Postgres, court: Court
) -> None:
    before = used(postgres, author)
    video = author.upload("by a saga")
    author.complete(video).expect(200)
    author.until(video, "ready")
    assert ends(postgres, video, "done") == ["done", "-", "-"]
    assert reserved(postgres, video) == [len(author.film)]
    assert used(postgres, author) == before + len(author.film)
    assert court.browser.plays(video)


@pytest.mark.row("F3.4")
@pytest.mark.row("F3.7")
def test_the_saga_of_a_film_that_is_none_is_compensated_and_its_quota_is_free_again(
    author: User, postgres: Postgres
) -> None:
    before = used(postgres, author)
    video = author.upload("no film", b"this is no film " * 64)
    told = author.until(video, "failed")
    _, step, why = ends(postgres, video, "compensated")
    assert (step, why) == ("-", told["failure_reason"])
    assert reserved(postgres, video) == []
    assert used(postgres, author) == before


@pytest.mark.row("F3.7")
def test_a_saga_whose_orchestrator_is_killed_goes_on_to_its_end_once(
    kube: Kube, kafka: Kafka, author: User, postgres: Postgres, court: Court, calm: None
) -> None:
    before = used(postgres, author)
    processing = names(kube.ready_pods("processing"))
    with frozen(kube, *processing, container="processing"):
        video = author.upload("orchestrated by nobody")
        eventually(
            lambda: saga(postgres, video) == ["running", "process", "-"], "it waits for processing", 20
        )
        assert unfinished()[video] == "process"
        orchestrators = kube.ready_pods("upload")
        for pod in names(orchestrators):
            kube.kill(pod)
    gone = set(uids(orchestrators))
    eventually(
        lambda: (
            len([pod for pod in kube.ready_pods("upload") if pod["metadata"]["uid"] not in gone])
            == len(orchestrators)
        ),
        "other pods of upload",
        90,
    )
    author.until(video, "ready", within=90)
    ends(postgres, video, "done")
    eventually(lambda: kafka.lag() == 0, "everything is handled", 60)
    assert [record.key for record in kafka.read("video.uploaded")].count(video) == 1
    rows = court.rows(author.id)
    assert {place: held.get(video) for place, held in rows.items()} == dict.fromkeys(rows, 1)
    assert reserved(postgres, video) == [len(author.film)]
    assert used(postgres, author) == before + len(author.film)
    assert video not in unfinished()
