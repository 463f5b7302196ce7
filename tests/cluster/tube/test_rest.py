"""The gateway's REST API: its document is the truth (row A1), and its endpoints may be called again (row F1.3)."""

import json
import uuid
from typing import Any

import pytest

from tests.cluster.tube.postgres import Postgres
from tests.cluster.tube.system import ROOT
from tests.cluster.tube.web import Browser, User

DOCUMENT = ROOT / "stacks" / "tube" / "services" / "gateway" / "openapi.json"
VERBS = {"get", "put", "post", "delete", "patch"}


@pytest.mark.row("A1")
def test_the_document_that_is_served_is_the_one_that_was_reviewed(browser: Browser) -> None:
    assert browser.get("/openapi.json").expect(200).json == json.loads(DOCUMENT.read_text())


@pytest.mark.row("A1")
def test_every_documented_route_answers_as_documented(browser: Browser, user: User, video: str) -> None:
    document = browser.get("/openapi.json").json
    values = {"video_id": video, "account_id": str(uuid.uuid4()), "provider": "nobody"}
    for path, verbs in document["paths"].items():
        for verb, route in verbs.items():
            if verb in VERBS:
                answer = user.ask(verb.upper(), path.format(**values), **body_of(route, document))
                assert str(answer.status) in route["responses"], (
                    f"{verb} {path}: {answer.status} {answer.body[:300]!r}"
                )
                if not answer.body:
                    continue
                kinds = route["responses"][str(answer.status)].get("content", {})
                assert answer.headers.get("content-type", "").split(";")[0] in kinds, (
                    f"{verb} {path}: {answer.headers}"
                )


def body_of(route: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A body with every needed field, as a careless client would send it: strings."""
    if "requestBody" not in route:
        return {}
    schema = route["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return {
        "json": dict.fromkeys(schema.get("required", ()), "a word"),
        "headers": {"idempotency-key": str(uuid.uuid4())},
    }


@pytest.mark.row("A1")
def test_what_is_not_documented_is_not_there(browser: Browser) -> None:
    assert browser.get("/v1/nothing").status == 404
    assert browser.ask("DELETE", "/v1/videos").status == 405


@pytest.mark.row("F1.3")
def test_the_same_key_gives_the_same_answer(user: User) -> None:
    key = str(uuid.uuid4())
    ids = {user.create("once", key).expect(201).json["video_id"] for _ in range(3)}
    assert len(ids) == 1


@pytest.mark.row("F1.3")
def test_the_same_key_at_the_same_time_makes_one_film(user: User, postgres: Postgres) -> None:
    key, title = str(uuid.uuid4()), f"at once {uuid.uuid4()}"

    answers = user.browser.together(
        *({**user.creation(title, key), "session": f"{key} {number}"} for number in range(4))
    )
    statuses = {answer.status for answer in answers}
    assert statuses <= {201, 409}, answers
    assert 201 in statuses
    assert postgres.value("uploads", f"select count(*) from videos where title = '{title}'") == "1"


@pytest.mark.row("F1.3")
def test_the_same_key_for_something_else_is_refused(user: User) -> None:
    key = str(uuid.uuid4())
    user.create("this", key).expect(201)
    answer = user.create("that", key).expect(422)
    assert answer.json["title"] == "idempotency_key_reused"


@pytest.mark.row("F1.3")
def test_a_key_is_its_owners_own(user: User, stranger: User) -> None:
    key = str(uuid.uuid4())
    mine, theirs = (each.create("mine", key).expect(201).json["video_id"] for each in (user, stranger))
    assert mine != theirs


@pytest.mark.row("F1.3")
def test_without_a_key_nothing_is_made(user: User) -> None:
    answer = user.ask("POST", "/v1/videos", json={"title": "keyless"}).expect(400)
    assert answer.json["title"] == "idempotency_key_missing"


@pytest.mark.row("F1.3")
def test_to_complete_twice_is_to_complete_once(user: User, postgres: Postgres) -> None:
    video = user.put("twice")
    answers = [user.complete(video).expect(200).json for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    user.until(video, "ready")
    assert postgres.value("uploads", f"select count(*) from sagas where key = '{video}'") == "1"
    assert (
        postgres.value("uploads", f"select count(*) from outbox where convert_from(key, 'UTF8') = '{video}'")
        == "1"
    )


@pytest.mark.row("F1.3")
def test_a_film_that_was_not_put_is_not_promised(user: User) -> None:
    video = user.create("not there").expect(201).json["video_id"]
    user.complete(video).expect(409)
    assert user.state(video) == "created"
