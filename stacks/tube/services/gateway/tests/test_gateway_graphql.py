"""GraphQL beside REST (row P4): the same routes, logins, limits, keys and errors, in another spelling; off unless the topology turns it on."""

import socket
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from gateway_behind import (
    ACCOUNT,
    CREDENTIALS,
    SERVICES,
    TOKENS,
    VIDEO,
    Away,
    Behind,
    video,
)
from graphql import get_introspection_query

from tube.auth.v1 import auth_pb2
from tube.catalog.v1 import catalog_pb2
from tube.statistics.v1 import statistics_pb2
from tube.upload.v1 import upload_pb2
from tube_gateway.wired import Parts
from tube_platform import metrics
from tube_platform.errors import AlreadyExists, Exhausted, KeyReused, NotFound, Problem, Unavailable
from tube_platform.graphql.endpoint import PATH, RESPONSE_JSON, install
from tube_platform.lifecycle import Lifecycle
from tube_platform.limits.asgi import Limited
from tube_platform.limits.counters import Counters, InPod
from tube_platform.limits.policies import Policies
from tube_platform.resilience.fallback import Empty, kinds
from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.guard import Guard
from tube_platform.tokens import Issuer
from tube_platform.web import HttpServer, Observed
from tube_platform.wiring import Call, GraphqlWiring, Http, LimitWiring, RateLimitWiring

pytest_plugins = ("gateway_fixtures",)

GET = f'{{videosGet(videoId: "{VIDEO}") {{title}}}}'
PAGE = (
    "query($size: Int) {videosNewest(pageSize: $size) {videos {videoId watchUrl durationMs} nextPageToken}}"
)
CREATE = """mutation($key: String!, $title: String!) {
  videosCreate(idempotencyKey: $key, input: {title: $title}) {videoId uploadUrl}
}"""
LOGIN = "mutation($who: CredentialsInput!) {accountsLogin(input: $who) {accessToken expiresIn}}"
LIMITS = RateLimitWiring(
    rate=0.001,
    burst=4,
    cache="fast",
    forwarded=True,
    anonymous=LimitWiring(0.001, 6, "address"),
    routes={"POST /v1/login": LimitWiring(0.001, 2, "address")},
)


class Client:
    """Asks in GraphQL, and in REST."""

    def __init__(
        self, app: FastAPI, token: str, bounds: GraphqlWiring, limits: RateLimitWiring | None
    ) -> None:
        def limited(application: Any) -> Any:
            if limits is None:
                return application
            counters = Counters(Away(), InPod(lambda: 1000.0), 0.05)
            verifier = application.state.parts.verifier
            return Limited(application, Policies("gateway", limits, application), counters, verifier)

        served = Observed(install(app, bounds, limited), 5.0)
        self.bearer = {"authorization": f"Bearer {token}"}
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(served), base_url="http://gateway")

    async def post(self, body: Any, *, anonymous: bool = False, **headers: str) -> Any:
        """One request."""
        given = ({} if anonymous else self.bearer) | {
            name.replace("_", "-"): v for name, v in headers.items()
        }
        return await self.http.post(PATH, json=body, headers=given)

    async def __call__(self, query: str, *, anonymous: bool = False, **variables: Any) -> Any:
        """One query: data, errors and extensions."""
        answer = await self.post({"query": query, "variables": variables}, anonymous=anonymous)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refusal(self, query: str, **options: Any) -> str:
        """The word for programs of a query's only error."""
        answer = await self(query, **options)
        (error,) = answer["errors"]
        return error["extensions"]["code"]


type Make = Callable[..., Client]


@pytest.fixture
def make(app: FastAPI, issuer: Issuer) -> Make:
    """Makes a client of a gateway with such bounds and limits."""

    def made(limits: RateLimitWiring | None = None, **bounds: Any) -> Client:
        return Client(app, issuer.issue(ACCOUNT, "s"), GraphqlWiring(**bounds), limits)

    return made


@pytest.fixture
def ask(make: Make) -> Client:
    """A client of a gateway with the bounds that nobody wrote."""
    return make()


async def test_it_is_not_there_unless_it_is_turned_on(app: FastAPI) -> None:
    """The application itself has no such route."""
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway")
    assert (await client.post(PATH, json={"query": GET})).status_code == 404


async def test_query_gives_what_the_route_gives(ask: Client, behind: Behind) -> None:
    """Only what was asked for, under GraphQL's names; arguments go to the route as its own."""
    behind.answers["ListVideos"] = catalog_pb2.ListVideosResponse(videos=[video().video], next_page_token="n")
    found = await ask(PAGE, size=7, anonymous=True)
    one = {"videoId": VIDEO, "watchUrl": f"https://tube.localhost:8443/watch/{VIDEO}", "durationMs": 9000}
    assert found == {"data": {"videosNewest": {"videos": [one], "nextPageToken": "n"}}}
    assert behind.asked[-1][1].page_size == 7


async def test_fields_of_one_query_are_answered_each_for_itself(ask: Client, behind: Behind) -> None:
    """Under the names that the client gave them; what one lacks the others do not."""
    behind.answers |= {
        "Catalog.GetVideo": video(),
        "GetVideoFacts": NotFound("nothing is known of it", "no_facts"),
    }
    found = await ask(
        f'{{a: videosGet(videoId: "{VIDEO}") {{title}} b: videosFacts(videoId: "{VIDEO}") {{segments}}}}'
    )
    assert found["data"] == {"a": {"title": "<film>"}, "b": None}
    (error,) = found["errors"]
    assert (error["path"], error["message"]) == (["b"], "nothing is known of it")
    assert error["extensions"] == {"code": "no_facts", "status": 404}


async def test_mutation_needs_a_login_and_goes_in_the_name_of_who_asks(ask: Client, behind: Behind) -> None:
    """With its key, which is an argument: a client's retry has the effect once."""
    behind.answers["CreateVideo"] = upload_pb2.CreateVideoResponse(video_id=VIDEO, upload_url="https://x/y")
    assert await ask.refusal(CREATE, key="k1", title="film", anonymous=True) == "no_token"
    assert [name for name, _, _ in behind.asked if name == "CreateVideo"] == []
    made = await ask(CREATE, key="k1", title="film")
    assert made == {"data": {"videosCreate": {"videoId": VIDEO, "uploadUrl": "https://x/y"}}}
    _, asked, who = behind.asked[-1]
    assert (asked.request_id, asked.title, who) == ("k1", "film", ACCOUNT)


async def test_key_of_the_request_is_no_key_of_its_fields(ask: Client, behind: Behind) -> None:
    """Two mutations in one request would have the same."""
    behind.answers["Register"] = auth_pb2.RegisterResponse(account_id=ACCOUNT)
    query = "mutation($who: NewAccountInput!) {accountsRegister(input: $who) {accountId}}"
    body = {"query": query, "variables": {"who": CREDENTIALS}}
    assert (await ask.post(body, idempotency_key="mine")).json() == {
        "data": {"accountsRegister": {"accountId": ACCOUNT}}
    }
    assert behind.asked[-1][1].request_id not in {"", "mine"}


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (KeyReused("no"), {"code": "idempotency_key_reused", "status": 422}),
        (AlreadyExists("no", "taken"), {"code": "taken", "status": 409, "retryAfter": 1}),
        (Exhausted("no"), {"code": "exhausted", "status": 429, "retryAfter": 1}),
        (Unavailable("pool host=secret-canary"), {"code": "unavailable", "status": 503, "retryAfter": 1}),
    ],
)
async def test_problems_are_those_of_rest(
    ask: Client, behind: Behind, problem: Problem, expected: Any
) -> None:
    """By the same words; what is broken inside stays inside."""
    behind.answers["CreateVideo"] = problem
    found = await ask(CREATE, key="k", title="film")
    assert found["data"] == {"videosCreate": None}
    assert found["errors"][0]["extensions"] == expected
    assert "canary" not in str(found)


async def test_what_does_not_fit_the_route_is_its_own_refusal(ask: Client, behind: Behind) -> None:
    """GraphQL knows the types; lengths and ranges are judged where REST has them judged."""
    assert await ask.refusal(CREATE, key="k", title="") == "schema"
    assert await ask.refusal(PAGE, size=0) == "schema"
    assert [name for name, _, _ in behind.asked if name != "GetKeys"] == []


async def test_route_without_an_answer_is_true(ask: Client, behind: Behind) -> None:
    """204 has nothing to choose from."""
    from tube.notifications.v1 import notifications_pb2

    behind.answers["Follow"] = notifications_pb2.FollowResponse()
    query = f'mutation {{notificationsFollow(accountId: "{VIDEO}")}}'
    assert await ask(query) == {"data": {"notificationsFollow": True}}


async def test_text_in_an_argument_stays_in_its_place(ask: Client, behind: Behind) -> None:
    """It reaches the route that was asked, as it is; what would lead to another one is refused."""
    behind.answers["Catalog.GetVideo"] = NotFound("no")
    query = "query($id: String!) {videosGet(videoId: $id) {title}}"
    texts = ["..", "a?b=c", "%2e%2e", "%2F", "é", "{video_id}", "a b", "#"]
    for text in texts:
        assert await ask.refusal(query, id=text, anonymous=True) == "not_found", text
    assert [asked.video_id for _, asked, _ in behind.asked] == texts
    for text in ("../accounts", f"{VIDEO}/facts", "a/b", ""):
        assert await ask.refusal(query, id=text, anonymous=True) == "schema", text
    assert len(behind.asked) == len(texts)


async def test_missing_answers_of_a_secondary_service_are_said_to_be(
    app: FastAPI, ask: Client, behind: Behind
) -> None:
    """Which field, and what was answered instead; in the header as well (rows F1.4, F1.6)."""
    behind.answers["Catalog.GetVideo"] = video()
    call = Call("dns:///127.0.0.1:1", "tube.statistics.v1.StatisticsService", 0.3, reads=("GetVideoFacts",))
    away = GrpcClient(call, "statistics", Guard("statistics", call, Empty("statistics", kinds(call))))
    parts: Parts = app.state.parts
    object.__setattr__(parts, "statistics", away.stub(SERVICES["statistics"][2]))
    query = (
        f'{{v: videosGet(videoId: "{VIDEO}") {{title}} f: videosFacts(videoId: "{VIDEO}") {{videoId ready}}}}'
    )
    answer = await ask.post({"query": query})
    assert answer.json() == {
        "data": {"v": {"title": "<film>"}, "f": {"videoId": VIDEO, "ready": None}},
        "extensions": {"degraded": {"f": "statistics;answer=empty"}},
    }
    assert answer.headers["x-degraded"] == "statistics;answer=empty"
    await away.close()


def fields(number: int, name: str = "f") -> str:
    """A query of so many fields."""
    return " ".join(f'{name}{n}: videosFacts(videoId: "{VIDEO}") {{segments}}' for n in range(number))


async def test_query_costs_what_its_fields_would_by_rest(make: Make, behind: Behind) -> None:
    """One field one request, of the same limit: four for an account here, whichever way it asks."""
    behind.answers["GetVideoFacts"] = statistics_pb2.GetVideoFactsResponse(video_id=VIDEO, segments=1)
    ask = make(LIMITS)
    assert "errors" not in await ask(f"{{{fields(3)}}}")
    assert (await ask.http.get(f"/v1/videos/{VIDEO}/facts", headers=ask.bearer)).status_code == 200
    refused = await ask.post({"query": GET})
    assert (refused.status_code, refused.json()["title"]) == (429, "quota_exceeded")


async def test_fields_beyond_the_limit_are_refused_one_by_one(make: Make, behind: Behind) -> None:
    """The others have their answers."""
    behind.answers["GetVideoFacts"] = statistics_pb2.GetVideoFactsResponse(video_id=VIDEO, segments=1)
    found = await make(LIMITS)(f"{{{fields(6)}}}")
    assert [value is None for value in found["data"].values()].count(True) == 2
    assert {error["extensions"]["code"] for error in found["errors"]} == {"quota_exceeded"}
    assert found["errors"][0]["extensions"]["violatedPolicies"] == ["principal"]
    assert found["errors"][0]["extensions"]["retryAfter"] > 0


async def test_limit_of_a_route_holds_for_each_of_its_fields(make: Make, behind: Behind) -> None:
    """Else one query could try as many passwords as it has room for."""
    behind.answers["Login"] = auth_pb2.LoginResponse(tokens=TOKENS)
    ask = make(LIMITS)
    tries = " ".join(f"t{n}: accountsLogin(input: $who) {{accessToken}}" for n in range(4))
    found = await ask(f"mutation($who: CredentialsInput!) {{{tries}}}", who=CREDENTIALS, anonymous=True)
    assert [value is None for value in found["data"].values()] == [False, False, True, True]
    assert found["errors"][0]["extensions"]["violatedPolicies"] == ["POST /v1/login"]
    assert (await ask.http.post("/v1/login", json=CREDENTIALS)).status_code == 429


async def test_query_of_which_nothing_is_done_is_counted_as_one(make: Make) -> None:
    """Reading it costs something, too."""
    ask = make(LIMITS)
    for _ in range(4):
        assert await ask.refusal("{nothing}") == "invalid_query"
    assert (await ask.post({"query": "{nothing}"})).status_code == 429


def titles(asked: str) -> str:
    """A query of videos."""
    return f"{{videosNewest {{videos {{{asked}}}}}}}"


DEEP = "{videosNewest {videos {a {b {c {d {e {f {g}}}}}}}}}"
SPREAD = (
    "query {...a} fragment a on Query {x: __typename ...b} fragment b on Query {y: __typename z: __typename}"
)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (DEEP, "too_deep"),
        (f"{{{fields(11, 'x')}}}", "too_many_root_fields"),
        (titles(" ".join(f"t{n}: title" for n in range(11))), "too_many_aliases"),
        (titles("title " * 200), "too_many_fields"),
        (titles("title " * 3000), "syntax"),
        ("{a" * 500, "syntax"),
        ("query {...a} fragment a on Query {...b} fragment b on Query {...a}", "fragment_cycle"),
        ("{videosNewest {videos {titel}}}", "invalid_query"),
        ("{videosNewest", "syntax"),
        ("", "syntax"),
        ("subscription {videosNewest {nextPageToken}}", "invalid_query"),
    ],
)
async def test_query_beyond_a_bound_reaches_no_route(
    ask: Client, behind: Behind, query: str, code: str
) -> None:
    """It is measured before anything is spent on it, and nobody behind hears of it."""
    assert await ask.refusal(query) == code
    assert behind.asked == []


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        ({"aliases": 2}, "too_many_aliases"),
        ({"root_fields": 2}, "too_many_root_fields"),
        ({"fields": 2}, "too_many_fields"),
        ({"aliases": 3, "root_fields": 3, "fields": 3, "depth": 1}, None),
    ],
)
async def test_bounds_count_what_fragments_hold(make: Make, bounds: Any, code: str | None) -> None:
    """Wherever they are spread; what is within the bounds is let through."""
    found = await make(**bounds)(SPREAD)
    assert [error["extensions"]["code"] for error in found.get("errors", ())] == ([code] if code else [])
    assert found.get("data") == (None if code else dict.fromkeys("xyz", "Query"))


async def test_fragments_of_fragments_are_measured_in_no_time(ask: Client) -> None:
    """Each spreads the next one twice: written small, and 2**60 fields large."""
    chain = " ".join(f"fragment f{n} on Query {{...f{n + 1} ...f{n + 1}}}" for n in range(60))
    query = f"query {{...f0}} {chain} fragment f60 on Query {{__typename}}"
    assert await ask.refusal(query) == "too_many_root_fields"


async def test_schema_is_not_told_unless_it_may_be(make: Make) -> None:
    """Nor can it be guessed: misspelled names are not put right."""
    ask = make(introspection=False)
    answer = await ask("{__schema {types {name}}}")
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"invalid_query"}
    assert "data" not in answer
    assert "Did you mean" not in str(await ask(titles("titel")))


async def test_tools_read_the_schema_where_it_is_told(make: Make) -> None:
    """What they ask is deeper than any query, and still bounded."""
    ask = make(introspection=True)
    found = (await ask(get_introspection_query()))["data"]["__schema"]["types"]
    assert {"Video", "Facts", "NewVideoInput"} <= {each["name"] for each in found}
    endless = f"{{__schema {{types {{{'fields {type {' * 4}name{'}}' * 4}}}}}}}"
    assert await ask.refusal(endless) == "invalid_query"


async def test_what_sends_a_browser_to_log_in_is_no_field(make: Make) -> None:
    """It would have nowhere to go; an app's code is redeemed here as well."""
    found = await make(introspection=True)(
        "{__schema {queryType {fields {name}} mutationType {fields {name}}}}"
    )
    roots = found["data"]["__schema"]
    assert [each["name"] for each in roots["queryType"]["fields"] if "login" in each["name"]] == []
    assert [each["name"] for each in roots["mutationType"]["fields"] if "logins" in each["name"]] == [
        "loginsRedeem"
    ]


@pytest.mark.parametrize(
    ("batch", "number", "status"), [(1, 1, 200), (1, 2, 400), (3, 3, 200), (3, 4, 400), (3, 0, 400)]
)
async def test_lists_of_queries_are_as_long_as_allowed(
    make: Make, behind: Behind, batch: int, number: int, status: int
) -> None:
    """One by default, which is a list of one."""
    behind.answers["Catalog.GetVideo"] = video()
    answer = await make(batch=batch).post([{"query": GET}] * number)
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == [{"data": {"videosGet": {"title": "<film>"}}}] * number
    else:
        assert answer.json()["title"] == "too_many_queries"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"{", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'"{videosNewest}"', "not_graphql"),
        (b'{"query": 5}', "not_graphql"),
        (b'{"query": "{a}", "variables": [1]}', "not_graphql"),
        (b'{"id": "stored"}', "not_graphql"),
    ],
)
async def test_what_is_no_query_is_400(ask: Client, body: bytes, title: str) -> None:
    """As problem+json, as everywhere."""
    answer = await ask.http.post(PATH, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["title"]) == (400, title)


async def test_the_only_way_in_is_json_by_post(ask: Client, behind: Behind) -> None:
    """What a link, an image or a form of another site could send is no query."""
    assert (await ask.http.get(PATH, params={"query": GET})).status_code == 405
    for kind in (
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data",
        "application/graphql",
    ):
        answer = await ask.http.post(PATH, content=b'{"query": "{a}"}', headers={"content-type": kind})
        assert answer.status_code == 415, kind
    assert (await ask.post({"query": GET}, accept="text/html")).status_code == 406
    assert behind.asked == []


async def test_status_is_as_the_media_type_has_it(ask: Client, behind: Behind) -> None:
    """GraphQL's own type says 400 for a query that is none; plain JSON says 200, as old clients expect."""
    behind.answers["Catalog.GetVideo"] = video()
    for query, kind, status in (
        (GET, RESPONSE_JSON, 200),
        (GET, "application/json", 200),
        ("{nothing}", RESPONSE_JSON, 400),
        ("{nothing}", "application/json", 200),
    ):
        answer = await ask.post({"query": query}, accept=kind)
        assert (answer.status_code, answer.headers["content-type"]) == (status, kind)


async def test_name_of_the_operation_chooses_it(ask: Client, behind: Behind) -> None:
    """And variables that do not fit are refused before anybody is asked."""
    behind.answers["Catalog.GetVideo"] = video()
    two = f"query one {GET} query two {{__typename}}"
    answer = await ask.post({"query": two, "operationName": "two"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert (await ask.post({"query": two})).json()["errors"][0]["extensions"]["code"] == "invalid_query"
    assert await ask.refusal(PAGE, size="many") == "invalid_query"
    assert behind.asked == []


async def test_login_and_what_comes_after_it_in_one_place(ask: Client, behind: Behind) -> None:
    """Numbers of any size come through."""
    behind.answers["Login"] = auth_pb2.LoginResponse(tokens=TOKENS)
    behind.answers["GetVideoFacts"] = statistics_pb2.GetVideoFactsResponse(
        video_id=VIDEO, size_bytes=5 * 2**40
    )
    entered = await ask(LOGIN, who=CREDENTIALS, anonymous=True)
    assert entered == {"data": {"accountsLogin": {"accessToken": "a", "expiresIn": 600}}}
    found = await ask(f'{{videosFacts(videoId: "{VIDEO}") {{sizeBytes}}}}')
    assert found == {"data": {"videosFacts": {"sizeBytes": 5 * 2**40}}}


async def test_fault_of_ours_says_nothing_of_itself(app: FastAPI, ask: Client, behind: Behind) -> None:
    """As REST does; the other fields have their answers."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("secret-canary")

    behind.answers["GetVideoFacts"] = statistics_pb2.GetVideoFactsResponse(video_id=VIDEO, segments=1)
    object.__setattr__(app.state.parts, "catalog", Broken())
    found = await ask(
        f'{{f: videosFacts(videoId: "{VIDEO}") {{segments}} v: videosGet(videoId: "{VIDEO}") {{title}}}}'
    )
    assert found["data"] == {"f": {"segments": 1}, "v": None}
    (error,) = found["errors"]
    assert error["extensions"] == {"code": "internal", "status": 500}
    assert "canary" not in str(found)


async def test_over_the_real_server_and_http2_and_in_the_metrics(
    app: FastAPI, behind: Behind, issuer: Issuer
) -> None:
    """What the edge speaks; the limits are the wiring's, and the endpoint is a route like others."""
    behind.answers |= {"Catalog.GetVideo": video(), "ListVideos": catalog_pb2.ListVideosResponse()}
    counters = Counters(Away(), InPod(lambda: 1000.0), 0.05)

    def limited(application: Any) -> Any:
        return Limited(
            application, Policies("gateway", LIMITS, application), counters, app.state.parts.verifier
        )

    served = install(app, GraphqlWiring(), limited)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = HttpServer(Http(port, deadline=5.0), served, Lifecycle(1.0), "127.0.0.1")
    of_route = metrics.http_served.labels("POST", PATH, 200, "2")
    of_field = metrics.graphql_fields.labels("videosGet", 200)
    before = of_route._value.get(), of_field._value.get()
    await server.start()
    try:
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", http1=False, http2=True, trust_env=False
        ) as to:
            headers = {"authorization": f"Bearer {issuer.issue(ACCOUNT, 's')}"}
            query = {"query": f"{{{GET[1:-1]} videosNewest {{nextPageToken}}}}"}
            answers = [await to.post(PATH, json=query, headers=headers) for _ in range(3)]
    finally:
        await server.drain(1.0)
        await server.close()
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[0].http_version == "HTTP/2"
    assert answers[0].json() == {
        "data": {"videosGet": {"title": "<film>"}, "videosNewest": {"nextPageToken": None}}
    }
    assert answers[1].headers["ratelimit"].startswith('"principal";r=1;')
    assert (of_route._value.get(), of_field._value.get()) == (before[0] + 2, before[1] + 2)
