"""The REST API: what is said agrees with the OpenAPI document, and every route asks the right service (rows A1, A8, F1.3)."""

import json
import os
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import httpx2
import jsonschema
import pytest
from fastapi import FastAPI
from gateway_behind import (
    ACCOUNT,
    CREDENTIALS,
    ISSUER,
    SERVICES,
    TOKENS,
    VIDEO,
    Away,
    Behind,
    uploaded,
    video,
)

from tube.auth.v1 import auth_pb2
from tube.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from tube.notifications.v1 import notifications_pb2
from tube.statistics.v1 import statistics_pb2
from tube.upload.v1 import upload_pb2
from tube_gateway.wired import Parts
from tube_platform.errors import (
    AlreadyExists,
    Beyond,
    Exhausted,
    NotFound,
    Problem,
    Unauthenticated,
    Unavailable,
)
from tube_platform.limits.asgi import Limited
from tube_platform.limits.counters import Counters, InPod
from tube_platform.limits.policies import Policies
from tube_platform.resilience import degraded
from tube_platform.resilience.fallback import fallback
from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.guard import Guard
from tube_platform.tokens import Issuer
from tube_platform.wiring import (
    Call,
    FallbackWiring,
    LimitWiring,
    RateLimitWiring,
)

pytest_plugins = ("gateway_fixtures",)

OPENAPI = Path(__file__).parent.parent / "openapi.json"


class Api:
    """A client that holds every answer against the OpenAPI document."""

    def __init__(self, app: FastAPI, token: str) -> None:
        self.spec: dict[str, Any] = app.openapi()
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway")
        self.bearer = {"authorization": f"Bearer {token}"}

    async def __call__(self, method: str, path: str, *, anonymous: bool = False, **options: Any) -> Any:
        """One request; the answer's status and body must be documented."""
        headers = ({} if anonymous else self.bearer) | options.pop("headers", {})
        answer = await self.client.request(method, path, headers=headers, **options)
        self.check(method, path.partition("?")[0], answer)
        return answer

    def check(self, method: str, path: str, answer: Any) -> None:
        """Status and schema of an answer."""
        operation = next(
            item[method.lower()]
            for template, item in self.spec["paths"].items()
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in item
        )
        documented = operation["responses"].get(str(answer.status_code))
        assert documented, (
            f"{method} {path} answers {answer.status_code}, which is not documented: {answer.text}"
        )
        kind = answer.headers.get("content-type", "").partition(";")[0]
        content = documented.get("content", {})
        assert not answer.content or kind in content, f"{kind} is not documented"
        schema = content.get(kind, {}).get("schema")
        if schema and kind.endswith("json"):
            jsonschema.validate(answer.json(), schema | {"components": self.spec["components"]})


@pytest.fixture
def api(app: FastAPI, issuer: Issuer) -> Api:
    """A client with a token of an account."""
    return Api(app, issuer.issue(ACCOUNT, "s"))


async def test_accounts_login_and_refresh(api: Api, behind: Behind) -> None:
    """Each goes to auth, and gives back what auth gave."""
    behind.answers |= {
        "Register": auth_pb2.RegisterResponse(account_id=ACCOUNT),
        "Login": auth_pb2.LoginResponse(tokens=TOKENS),
        "Refresh": auth_pb2.RefreshResponse(tokens=TOKENS),
    }
    made = await api(
        "POST", "/v1/accounts", anonymous=True, json=CREDENTIALS, headers={"Idempotency-Key": "k"}
    )
    assert (made.status_code, made.json()) == (201, {"account_id": ACCOUNT})
    assert behind.asked[-1][1].request_id == "k"
    entered = await api("POST", "/v1/login", anonymous=True, json=CREDENTIALS)
    assert entered.json()["token_type"] == "Bearer"
    assert behind.asked[-1][1].request_id, "a login is sent with a key, so that gRPC may try it again"
    fresh = await api("POST", "/v1/token", anonymous=True, json={"refresh_token": "r"})
    assert fresh.json()["expires_in"] == 600


@pytest.mark.parametrize(
    ("path", "method", "problem", "status"),
    [
        ("/v1/accounts", "Register", AlreadyExists("taken", "email_taken"), 409),
        ("/v1/login", "Login", Unauthenticated("wrong", "bad_credentials"), 401),
        ("/v1/login", "Login", Exhausted("flood"), 429),
        ("/v1/login", "Login", Unavailable("pool host=secret-canary"), 503),
    ],
)
async def test_problems_of_auth_reach_the_client(
    api: Api, behind: Behind, path: str, method: str, problem: Problem, status: int
) -> None:
    """With their reason; the text of what is broken inside stays inside."""
    behind.answers[method] = problem
    found = await api("POST", path, anonymous=True, json=CREDENTIALS)
    assert (found.status_code, found.json()["title"]) == (status, problem.reason)
    assert "canary" not in found.text


PROVIDER = "https://id.example/authorize?client_id=tube"


async def test_a_browser_goes_to_the_provider_with_a_secret_of_its_own(api: Api, behind: Behind) -> None:
    """303, a cookie that no script reads and no other page sends, and an address that nobody keeps; another tab keeps the secret."""
    behind.answers["BeginLogin"] = auth_pb2.BeginLoginResponse(authorization_url=PROVIDER)
    sent = await api("GET", "/v1/login/id", anonymous=True)
    assert (sent.status_code, sent.headers["location"]) == (303, PROVIDER)
    assert sent.headers["cache-control"] == "no-store"
    cookie = sent.headers["set-cookie"].lower()
    for word in ("__host-login=", "httponly", "secure", "samesite=lax", "path=/", "max-age=600"):
        assert word in cookie
    asked = behind.asked[-1][1]
    assert (asked.provider, asked.HasField("app")) == ("id", False)
    assert len(asked.browser) >= 32
    again = await api(
        "GET", "/v1/login/id", anonymous=True, headers={"cookie": f"__Host-login={asked.browser}"}
    )
    assert again.status_code == 303
    assert behind.asked[-1][1].browser == asked.browser


async def test_who_comes_back_gets_tokens(api: Api, behind: Behind) -> None:
    """All that the browser brings goes to auth; the answer is that of a login, and is kept by nobody."""
    behind.answers["FinishLogin"] = auth_pb2.FinishLoginResponse(tokens=TOKENS)
    path = "/v1/login/id/callback?state=s&code=c&iss=https://id.example"
    found = await api("GET", path, anonymous=True, headers={"cookie": "__Host-login=b"})
    assert (found.status_code, found.json()["access_token"]) == (200, "a")
    assert found.headers["cache-control"] == "no-store"
    asked = behind.asked[-1][1]
    assert (asked.browser, asked.state, asked.code, asked.issuer) == ("b", "s", "c", "https://id.example")


async def test_an_app_is_sent_a_code_and_exchanges_it(api: Api, behind: Behind) -> None:
    """Its tokens do not go through the browser."""
    behind.answers |= {
        "BeginLogin": auth_pb2.BeginLoginResponse(authorization_url=PROVIDER),
        "FinishLogin": auth_pb2.FinishLoginResponse(app_url="http://127.0.0.1:5/?code=c"),
        "RedeemLogin": auth_pb2.RedeemLoginResponse(tokens=TOKENS),
    }
    path = "/v1/login/id?redirect_uri=http://127.0.0.1:5/&code_challenge=x&state=s"
    assert (await api("GET", path, anonymous=True)).status_code == 303
    app = behind.asked[-1][1].app
    assert (app.redirect_uri, app.code_challenge, app.state) == ("http://127.0.0.1:5/", "x", "s")
    back = await api("GET", "/v1/login/id/callback?state=s&code=c", anonymous=True)
    assert (back.status_code, back.headers["location"]) == (303, "http://127.0.0.1:5/?code=c")
    given = {"code": "c", "code_verifier": "v"}
    assert (await api("POST", "/v1/login/id", anonymous=True, json=given)).json()["refresh_token"] == "r"
    assert behind.asked[-1][1].request_id, "it is sent with a key, so that gRPC may try it again"
    lost = await api("GET", "/v1/login/id?state=s", anonymous=True)
    assert (lost.status_code, lost.json()["title"]) == (400, "redirect_needed")


async def test_a_provider_that_is_away_is_503_and_passwords_go_on(api: Api, behind: Behind) -> None:
    """As problem+json with when to come again; that it counts as no failure of auth is shown where calls are guarded."""
    behind.answers |= {
        "BeginLogin": Beyond("id does not answer"),
        "Login": auth_pb2.LoginResponse(tokens=TOKENS),
    }
    found = await api("GET", "/v1/login/id", anonymous=True)
    assert (found.status_code, found.json()["title"]) == (503, "external_unavailable")
    assert found.headers["content-type"] == "application/problem+json"
    assert found.headers["retry-after"]
    assert (await api("POST", "/v1/login", anonymous=True, json=CREDENTIALS)).status_code == 200


async def test_create_needs_a_key_and_a_login(api: Api, behind: Behind) -> None:
    """400 and 401; with both it goes to upload with key and principal."""
    behind.answers["CreateVideo"] = upload_pb2.CreateVideoResponse(video_id=VIDEO, upload_url="https://x/y")
    body: dict[str, Any] = {"json": {"title": "film"}}
    missing = await api("POST", "/v1/videos", **body)
    assert (missing.status_code, missing.json()["title"]) == (400, "idempotency_key_missing")
    key = {"Idempotency-Key": "k1"}
    assert (await api("POST", "/v1/videos", anonymous=True, headers=key, **body)).status_code == 401
    made = await api("POST", "/v1/videos", headers=key, **body)
    assert (made.status_code, made.json()["upload_url"]) == (201, "https://x/y")
    assert [(name, asked.request_id, who) for name, asked, who in behind.asked if name == "CreateVideo"] == [
        ("CreateVideo", "k1", ACCOUNT)
    ]


@pytest.mark.parametrize(
    ("reason", "code", "status"),
    [("idempotency_key_reused", "FAILED_PRECONDITION", 422), ("in_flight", "ABORTED", 409)],
)
async def test_key_that_is_in_use(api: Api, behind: Behind, reason: str, code: str, status: int) -> None:
    """422 with another request, 409 while the first runs (with when to come again)."""
    kind = next(kind for kind in Problem.__subclasses__() if kind.default_reason == reason)
    assert kind.code == code
    behind.answers["CreateVideo"] = kind("no")
    found = await api("POST", "/v1/videos", headers={"Idempotency-Key": "k"}, json={"title": "film"})
    assert (found.status_code, found.json()["title"]) == (status, reason)
    assert ("retry-after" in found.headers) == (status == 409)


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": "x" * 201}, {"title": 5}, [], None])
async def test_body_that_does_not_fit_is_400(api: Api, behind: Behind, body: Any) -> None:
    """It names the field, and never reaches a service."""
    found = await api("POST", "/v1/videos", headers={"Idempotency-Key": "k"}, json=body)
    assert (found.status_code, found.json()["title"]) == (400, "schema")
    assert [name for name, _, _ in behind.asked if name != "GetKeys"] == []


async def test_body_that_is_no_json_by_its_own_word_is_415(api: Api, behind: Behind) -> None:
    """Whatever it holds: forms of other sites cannot say that they are JSON."""
    headers = {"Idempotency-Key": "k", "content-type": "text/plain"}
    found = await api("POST", "/v1/videos", headers=headers, content=b'{"title": "film"}')
    assert (found.status_code, found.json()["title"]) == (415, "unsupported_media_type")
    assert [name for name, _, _ in behind.asked if name != "GetKeys"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/videos", {"title": " \t "}),
        ("/v1/videos", {"title": "a\x00b"}),
        ("/v1/videos", {"title": "film", "content_type": "video/mp4\r\nx-amz-acl: public-read"}),
        ("/v1/accounts", {"email": "no address", "password": "correct horse"}),
        ("/v1/accounts", {"email": "a@example.org", "password": "short"}),
    ],
)
async def test_what_a_service_would_refuse_does_not_fit_the_document(
    api: Api, behind: Behind, path: str, body: dict[str, str]
) -> None:
    """A client that keeps to the document is not refused for a text that nobody can store, read or send on."""
    found = await api("POST", path, headers={"Idempotency-Key": "k"}, json=body)
    assert (found.status_code, found.json()["title"]) == (400, "schema")
    assert "pattern" not in found.text
    assert [name for name, _, _ in behind.asked if name != "GetKeys"] == []


async def test_video_through_its_life(api: Api, behind: Behind) -> None:
    """Unknown to the catalog: upload's word, for the owner; then ready with addresses, or failed with a reason."""
    behind.answers |= {
        "Catalog.GetVideo": NotFound("no"),
        "Upload.GetVideo": upload_pb2.GetVideoResponse(video=uploaded(upload_pb2.Video.STATE_CREATED)),
        "CompleteVideo": upload_pb2.CompleteVideoResponse(video=uploaded(upload_pb2.Video.STATE_UPLOADED)),
    }
    assert (await api("GET", f"/v1/videos/{VIDEO}")).json()["state"] == "created"
    assert (await api("GET", f"/v1/videos/{VIDEO}", anonymous=True)).status_code == 404
    assert (await api("POST", f"/v1/videos/{VIDEO}/complete")).json()["state"] == "uploaded"
    behind.answers["Catalog.GetVideo"] = video()
    ready = (await api("GET", f"/v1/videos/{VIDEO}", anonymous=True)).json()
    assert ready["state"] == "ready"
    assert ready["playlist_url"] == f"https://cdn.tube.localhost:8443/{VIDEO}/index.m3u8"
    assert ready["watch_url"] == f"{ISSUER}/watch/{VIDEO}"
    behind.answers["Catalog.GetVideo"] = video(catalog_pb2.Video.STATE_FAILED, failure_reason="no film")
    assert (await api("GET", f"/v1/videos/{VIDEO}")).json()["failure_reason"] == "no film"
    assert (await api("GET", f"/v1/videos/{VIDEO}", anonymous=True)).status_code == 404


async def test_lists_and_facts(api: Api, behind: Behind) -> None:
    """Pages carry their token on."""
    behind.answers |= {
        "ListVideos": catalog_pb2.ListVideosResponse(videos=[video().video], next_page_token="next"),
        "GetVideoFacts": statistics_pb2.GetVideoFactsResponse(video_id=VIDEO, ready=True, segments=3),
        "ListNotifications": notifications_pb2.ListNotificationsResponse(
            notifications=[
                notifications_pb2.Notification(
                    notification_id="n", kind=notifications_pb2.Notification.KIND_VIDEO_READY
                )
            ]
        ),
        "Follow": notifications_pb2.FollowResponse(),
        "Unfollow": notifications_pb2.UnfollowResponse(),
    }
    page = (await api("GET", "/v1/videos?page_size=1", anonymous=True)).json()
    assert (len(page["videos"]), page["next_page_token"]) == (1, "next")
    assert (await api("GET", "/v1/videos?page_size=0", anonymous=True)).status_code == 400
    assert (await api("GET", f"/v1/videos/{VIDEO}/facts")).json()["segments"] == 3
    assert (await api("GET", "/v1/notifications")).json()["notifications"][0]["kind"] == "video_ready"
    assert (await api("PUT", f"/v1/following/{VIDEO}")).status_code == 204
    assert (await api("DELETE", f"/v1/following/{VIDEO}")).status_code == 204
    assert behind.asked[-1][2] == ACCOUNT
    assert (await api("GET", "/v1/notifications", anonymous=True)).status_code == 401


async def test_tokens_that_are_not_good(api: Api, issuer: Issuer) -> None:
    """Expired ones say so, so that the client refreshes; others are refused."""
    expired = issuer.issue(ACCOUNT, "s", now=1000)
    for token, reason in ((expired, "token_expired"), ("nonsense", "invalid_token")):
        found = await api("GET", "/v1/notifications", headers={"authorization": f"Bearer {token}"})
        assert (found.status_code, found.json()["title"]) == (401, reason)
        assert reason in found.headers["www-authenticate"]
    assert (await api("GET", "/v1/notifications", headers={"authorization": "Basic eDp5"})).status_code == 401


async def test_refusals_of_the_limits_are_documented(app: FastAPI, api: Api, behind: Behind) -> None:
    """Every route but that of the keys may answer 429 (row F1.2), and says so with its headers."""
    routes = {f"{verb.upper()} {path}" for path, verbs in api.spec["paths"].items() for verb in verbs}
    behind.answers["ListVideos"] = catalog_pb2.ListVideosResponse()
    wired = RateLimitWiring(1.0, 1, "fast", routes={name: LimitWiring(9.0, 9) for name in routes})
    counters = Counters(Away(), InPod(lambda: 1000.0), 0.05)
    verifier = app.state.parts.verifier
    api.client = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(Limited(app, Policies("gateway", wired, app), counters, verifier)),
        base_url="http://gateway",
    )
    assert (await api("GET", "/v1/videos")).status_code == 200
    for name in sorted(routes):
        method, _, path = name.partition(" ")
        found = await api(method, re.sub(r"\{[^}]+\}", VIDEO, path))
        assert found.status_code == (200 if path.startswith("/.well-known/") else 429), name
    documented = api.spec["paths"]["/v1/videos"]["get"]["responses"]["429"]["headers"]
    refused = await api("GET", "/v1/videos")
    assert {name.lower() for name in documented} <= refused.headers.keys()


async def test_key_set_is_published(api: Api) -> None:
    """For whoever verifies our tokens."""
    (key,) = (await api("GET", "/.well-known/jwks.json", anonymous=True)).json()["keys"]
    assert (key["kty"], key["crv"], key["kid"]) == ("OKP", "Ed25519", "k1")
    assert "d" not in key


async def test_page_plays_from_the_cdn_and_runs_nothing_else(api: Api, behind: Behind) -> None:
    """The title is text, the script has the page's nonce, connections go to the CDN only."""
    behind.answers["Catalog.GetVideo"] = video()
    page = await api("GET", f"/watch/{VIDEO}", anonymous=True)
    assert "&lt;film&gt;" in page.text
    assert "<film>" not in page.text
    assert f"https://cdn.tube.localhost:8443/{VIDEO}/index.m3u8" in page.text
    policy = page.headers["content-security-policy"]
    (nonce,) = re.findall(r"script-src 'nonce-([^']+)'", policy)
    assert f'<script nonce="{nonce}">' in page.text
    assert "default-src 'none'" in policy
    assert "%" not in re.sub(r"\d+%", "", page.text), "a placeholder was left"
    behind.answers["Catalog.GetVideo"] = video(catalog_pb2.Video.STATE_FAILED)
    assert (await api("GET", f"/watch/{VIDEO}", anonymous=True)).status_code == 404


async def test_services_that_are_down_are_503(app: FastAPI, api: Api) -> None:
    """Not 500: the client may come again."""
    nobody = GrpcClient(Call("dns:///127.0.0.1:1", "catalog", 0.3), "catalog")
    parts: Parts = app.state.parts
    object.__setattr__(parts, "catalog", nobody.stub(catalog_pb2_grpc.CatalogServiceStub))
    found = await api("GET", "/v1/videos", anonymous=True)
    assert found.status_code in {503, 504}
    assert found.json()["detail"] == "the service behind this does not answer right now"
    await nobody.close()


@asynccontextmanager
async def secondary_away(app: FastAPI, kind: str) -> AsyncGenerator[None]:
    """Nobody listens where the two secondary services were; what is answered in their place is of this kind."""
    parts: Parts = app.state.parts
    async with AsyncExitStack() as stack:
        for name, method in (("statistics", "GetVideoFacts"), ("notifications", "ListNotifications")):
            service = f"tube.{name}.v1.{name.capitalize()}Service"
            call = Call("dns:///127.0.0.1:1", service, 0.3, reads=(method,), fallback=FallbackWiring(kind))
            client = GrpcClient(call, name, Guard(name, call, fallback(name, call, no_memory)))
            stack.push_async_callback(client.close)
            object.__setattr__(parts, name, client.stub(SERVICES[name][2]))
        yield


def no_memory(cache: str) -> NoReturn:
    """Neither kind keeps anything."""
    raise AssertionError(cache)


async def test_what_a_secondary_service_would_say_is_missing_and_said_to_be(app: FastAPI, api: Api) -> None:
    """Its part is left out, not made up; the answer is 200, and says so (rows F1.4, F1.6)."""
    async with secondary_away(app, "empty"):
        with degraded.collecting() as notes:
            facts = await api("GET", f"/v1/videos/{VIDEO}/facts")
            told = await api("GET", "/v1/notifications")
            follow = await api("PUT", f"/v1/following/{VIDEO}")
    assert follow.status_code in {503, 504}, "nobody was followed"
    assert (facts.status_code, facts.json()["video_id"], facts.json()["ready"]) == (200, VIDEO, None)
    assert (told.status_code, told.json()["notifications"]) == (200, [])
    assert degraded.text(notes) == "statistics;answer=empty, notifications;answer=empty"


async def test_without_a_fallback_the_same_questions_have_no_answer(app: FastAPI, api: Api) -> None:
    """The negative control of the degradation drills: `fallback: error` is told apart from an empty answer (row F1.6)."""
    async with secondary_away(app, "error"):
        with degraded.collecting() as notes:
            for path in (f"/v1/videos/{VIDEO}/facts", "/v1/notifications"):
                assert (await api("GET", path)).status_code in {503, 504}
    assert degraded.text(notes) == ""


def test_openapi_document_promises_what_the_code_does(app: FastAPI) -> None:
    """No operation has FastAPI's own 422, and each has an error for a request that does not fit."""
    text = json.dumps(app.openapi())
    assert "HTTPValidationError" not in text


def test_openapi_document_is_the_committed_one(app: FastAPI) -> None:
    """A change of the API shows in a review. Write it anew with UPDATE_OPENAPI=1."""
    text = json.dumps(app.openapi(), indent=1, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_OPENAPI"):
        OPENAPI.write_text(text)
    assert OPENAPI.read_text() == text
