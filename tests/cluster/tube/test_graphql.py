"""GraphQL beside REST at the gateway, which the local environment turns on: the same routes, logins, keys and limits (row P4)."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Answer, Browser, User

pytestmark = pytest.mark.row("P4")

GRAPHQL = "/graphql"
CREATE = """mutation($key: String!, $title: String!) {
  videosCreate(idempotencyKey: $key, input: {title: $title, contentType: "video/mp4"}) {videoId uploadUrl}
}"""
VIDEO = "query($id: String!) {videosGet(videoId: $id) {videoId title state ownerId}}"
LOGIN = "mutation($who: CredentialsInput!) {accountsLogin(input: $who) {accountId accessToken}}"
TOLD = "notificationsNewest(pageSize: 1) {notifications {kind}}"
BURST = 40
LANES = 8
ROOT_FIELDS = 10


def question(query: str, **variables: Any) -> dict[str, Any]:
    """A query as a request has it."""
    return {"json": {"query": query, "variables": variables}}


def answered(answer: Answer) -> dict[str, Any]:
    """What a query was answered with, and nothing refused."""
    found = answer.expect(200).json
    assert "errors" not in found, found
    return found["data"]


def code(answer: Answer) -> str:
    """The word for programs of the only error."""
    (error,) = answer.expect(200).json["errors"]
    return error["extensions"]["code"]


def test_a_query_and_a_mutation_come_over_http3_and_mean_what_rest_means(user: User) -> None:
    title, key = f"by GraphQL {uuid.uuid4()}", str(uuid.uuid4())

    def by_http3() -> dict[str, Any]:
        answer = user.ask("POST", GRAPHQL, **question(CREATE, key=key, title=title))
        assert answer.version == "HTTP/3"
        assert answer.headers["x-http-version"].startswith("2"), "HTTP/2 behind the edge"
        return answered(answer)["videosCreate"]

    made = eventually(by_http3, "a film is announced over HTTP/3")
    assert user.create(title, key).expect(201).json["video_id"] == made["videoId"], (
        "one key, one film, both ways"
    )
    found = answered(user.ask("POST", GRAPHQL, **question(VIDEO, id=made["videoId"])))["videosGet"]
    rest = user.ask("GET", f"/v1/videos/{made['videoId']}").expect(200).json
    assert found == {
        "videoId": rest["video_id"],
        "title": title,
        "state": rest["state"],
        "ownerId": rest["owner_id"],
    }


def test_what_needs_a_login_needs_it_here_and_one_can_be_had_here(browser: Browser, user: User) -> None:
    nobody = question(CREATE, key=str(uuid.uuid4()), title="nobody's")
    assert code(browser.ask("POST", GRAPHQL, **nobody)) == "no_token"
    wrong = {**user.credentials, "password": "wrong"}
    assert code(browser.ask("POST", GRAPHQL, **question(LOGIN, who=wrong))) == "bad_credentials"
    entered = answered(browser.ask("POST", GRAPHQL, **question(LOGIN, who=user.credentials)))["accountsLogin"]
    assert entered["accountId"] == user.id
    headers = {"authorization": f"Bearer {entered['accessToken']}"}
    answered(browser.ask("POST", GRAPHQL, **question(f"{{{TOLD}}}"), headers=headers))


def test_a_query_that_is_too_deep_is_refused_and_one_that_fits_is_not(user: User) -> None:
    deep = "{videosNewest {videos {a {b {c {d {e {f {g}}}}}}}}}"
    assert code(user.ask("POST", GRAPHQL, **question(deep))) == "too_deep"
    many = " ".join(f"f{n}: {TOLD}" for n in range(ROOT_FIELDS + 1))
    assert code(user.ask("POST", GRAPHQL, **question(f"{{{many}}}"))) == "too_many_root_fields"
    assert user.ask("GET", GRAPHQL).status == 405
    assert user.ask("POST", GRAPHQL, json=[question(f"{{{TOLD}}}")["json"]] * 2).status == 400
    answered(
        user.ask("POST", GRAPHQL, **question("{videosNewest(pageSize: 1) {videos {title} nextPageToken}}"))
    )


def test_fields_and_requests_are_counted_together(browser: Browser, film: Path) -> None:
    """A few queries use up what is left for REST, whose own requests here are far too few for that; where fields are refused, others of the
    same query are answered.
    """
    hasty = User(browser.new(), film.read_bytes()).register()
    many = question(f"{{{' '.join(f'f{n}: {TOLD}' for n in range(ROOT_FIELDS))}}}")
    assert LANES * ROOT_FIELDS > BURST > 2 * LANES

    def refused() -> Answer:
        asked = hasty.question("POST", GRAPHQL, **many)
        plain = hasty.question("GET", "/v1/notifications?page_size=1")
        lanes = [
            {**each, "session": f"{each['session']} {kind} {lane}"}
            for kind, each in (("graphql", asked), ("rest", plain))
            for lane in range(LANES)
        ]
        answers = hasty.browser.together(*lanes)
        in_part = [each.json for each in answers[:LANES] if each.status == 200 and "errors" in each.json]
        assert in_part, "no field was refused"
        assert any(any(each["data"].values()) for each in in_part), "with one all of its query is refused"
        codes = {error["extensions"]["code"] for each in in_part for error in each["errors"]}
        assert codes == {"quota_exceeded"}, codes
        found = [each for each in answers[LANES:] if each.status == 429]
        assert found, "all requests of REST were served"
        return found[0]

    answer = eventually(refused, "a request of REST is refused for what queries asked")
    assert answer.json["violated-policies"] == ["principal"]
