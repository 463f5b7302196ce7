"""What the cache of an edge keeps and gives, by its real parts on loopback: Caddy, Varnish, and an origin (row P3, docs/cdn.md)."""

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from wireplan.manifests.providers.edge import vcl
from wireplan.rim import engines, home
from wireplan.topology.types import Edge, Route

from tests.manifests import edge_pod
from tests.manifests.conftest import resolved
from tests.manifests.edge_pod import Answer, Pod, eventually

BYTES = bytes(range(256)) * 1024
FILM = "/1422de6e-9433-4cbd-8635-b0b47410bd21"
CLIENT = Path(__file__).resolve().parents[1] / "cluster" / "client"
BROWSE = """
import sys, time, web
using, end = web.session(sys.argv[1]), time.monotonic() + 20
while (found := web.ask(using, "GET", sys.argv[2])).version != "HTTP/3" and time.monotonic() < end:
    print(found.version, flush=True)
print(found.version, found.status, len(found.body), flush=True)
"""
pytestmark = [pytest.mark.row("P3"), pytest.mark.thorough]


def edge(*, ttl: float = 3600) -> Edge:
    """The CDN of tube, with a small cache."""
    found = resolved("local").edges["cdn"]
    assert found.cache
    return dataclasses.replace(found, cache=dataclasses.replace(found.cache, size=2**24, ttl=ttl))


@pytest.fixture(scope="module")
def patient() -> Iterator[pytest.MonkeyPatch]:
    """A patch for the whole module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory, patient: pytest.MonkeyPatch) -> Iterator[Pod]:
    """A pod that keeps things for an hour."""
    with edge_pod.serving(edge(), tmp_path_factory.mktemp("edge"), patient) as found:
        yield found


@pytest.fixture(scope="session")
def client() -> Path:
    """The Python of the clients' own environment, made from its lock file; it speaks HTTP/3."""
    environment = home.cache() / "clients"
    command = [
        engines.path("uv"),
        "sync",
        "--quiet",
        "--locked",
        "--project",
        CLIENT,
        "--python",
        sys.executable,
    ]
    subprocess.run(command, env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment)}, check=True)
    return environment / "bin" / "python"


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pod: Pod) -> Iterator[Pod]:
    """A pod that holds everything stale after a second, and soon tries again to keep what it could not."""
    monkeypatch.setattr(vcl, "UNKEPT", 1)
    with edge_pod.serving(edge(ttl=1), tmp_path, monkeypatch) as found:
        yield found


def test_a_segment_is_fetched_once_over_http2_and_then_kept(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/once.m4s", BYTES)
    first, *others = [pod.ask(path) for _ in range(3)]
    assert first.cache == "edge-cdn; fwd=uri-miss; stored"
    assert all(other.cache.startswith("edge-cdn; hit; ttl=3") for other in others)
    assert {answer.body for answer in (first, *others)} == {BYTES}
    assert all("immutable" in answer.headers["cache-control"] for answer in (first, *others))
    assert all(int(answer.headers["age"]) >= 0 for answer in (first, *others))
    (fetched,) = pod.origin.asked(path)
    assert fetched["request"]["proto"] == "HTTP/2.0"


def test_http3_comes_in_and_http2_goes_out_as_both_ends_log_it(pod: Pod, client: Path) -> None:
    path = pod.origin.has(f"{FILM}/both-ends.m4s", BYTES)
    url = f"https://{edge_pod.HOST}:{pod.port}{path}"
    command = [str(client), "-c", BROWSE, str(pod.folder / "ca.crt"), url]
    said = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert (said[0], said[-1]) == ("HTTP/2", f"HTTP/3 200 {len(BYTES)}")
    down = [line["request"] for line in pod.log() if line["request"]["uri"] == path]
    assert {"HTTP/2.0", "HTTP/3.0"} <= {each["proto"] for each in down if each.get("tls")}
    assert [line["request"]["proto"] for line in pod.origin.asked(path)] == ["HTTP/2.0"]


def test_a_playlist_is_kept_as_long_as_it_says_itself(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/index.m3u8", b"#EXTM3U")
    pod.ask(path)
    assert 0 < int(pod.ask(path).cache.removeprefix("edge-cdn; hit; ttl=")) <= 60


@pytest.mark.parametrize("number", [0, 1], ids=["not yet kept", "kept"])
@pytest.mark.parametrize(
    ("asked", "part", "said"),
    [
        ("bytes=0-0", BYTES[:1], "bytes 0-0/262144"),
        ("bytes=100-70000", BYTES[100:70001], "bytes 100-70000/262144"),
        ("bytes=262000-", BYTES[262000:], "bytes 262000-262143/262144"),
        ("bytes=-7", BYTES[-7:], "bytes 262137-262143/262144"),
    ],
)
def test_a_range_is_cut_out_of_the_whole(pod: Pod, number: int, asked: str, part: bytes, said: str) -> None:
    path = pod.origin.has(f"{FILM}/range{asked}.m4s", BYTES)
    found = [pod.ask(path, Range=asked) for _ in range(2)][number]
    assert (found.status, found.headers["content-range"], found.body) == (206, said, part)
    assert pod.ask(path).body == BYTES
    (fetched,) = pod.origin.asked(path)
    assert (fetched["status"], fetched["size"]) == (200, len(BYTES)), "the origin is asked for the whole"


def test_ranges_that_cannot_be_and_those_of_another_version(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/odd.m4s", BYTES)
    tag = pod.ask(path).headers["etag"]
    assert pod.ask(path, Range="bytes=300000-").status == 416
    assert pod.ask(path, Range="bytes=0-1,5-6").body == BYTES
    assert pod.ask(path, Range="bytes=0-1", If_Range=tag).body == BYTES[:2]
    assert pod.ask(path, Range="bytes=0-1", If_Range='"another"').body == BYTES


def test_head_and_known_tags_are_answered_without_the_origin(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/tag.m4s", BYTES)
    tag = pod.ask(path).headers["etag"]
    head = pod.ask(path, "HEAD")
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(BYTES)), b"")
    known = pod.ask(path, If_None_Match=tag)
    assert (known.status, known.body, known.headers["etag"]) == (304, b"", tag)
    assert len(pod.origin.asked(path)) == 1


def test_many_who_ask_at_once_are_one_request_to_the_origin(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/many.m4s", BYTES)
    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda _: pod.ask(path), range(16)))
    assert {answer.body for answer in answers} == {BYTES}
    assert len(pod.origin.asked(path)) == 1


def test_what_is_stale_is_asked_for_by_its_tag_and_kept_again(hasty: Pod) -> None:
    path = hasty.origin.has(f"{FILM}/again.m4s", BYTES)
    assert hasty.ask(path).body == BYTES
    again = eventually(lambda: stale(hasty.ask(path)), "it is never stale")
    assert (again.status, again.cache) == (200, "edge-cdn; fwd=stale; fwd-status=304; stored")
    assert again.body == BYTES
    assert {line["status"] for line in hasty.origin.asked(path)[1:]} == {304}


def test_a_new_version_is_seen_once_the_old_one_is_stale(hasty: Pod) -> None:
    path = hasty.origin.has(f"{FILM}/index.m3u8", b"old")
    assert hasty.ask(path).body == b"old"
    hasty.origin.has(path, b"the new one")
    eventually(lambda: hasty.ask(path).body == b"the new one", "the old one is still given")


def test_an_origin_that_is_gone_is_stood_in_for(hasty: Pod) -> None:
    path = hasty.origin.has(f"{FILM}/kept.m4s", BYTES)
    hasty.ask(path)
    hasty.origin.stop()
    found = eventually(lambda: old(hasty.ask(path)), "it is never older than its time")
    assert (found.status, found.body) == (200, BYTES)
    part = hasty.ask(path, Range="bytes=5-9")
    assert (part.status, part.body) == (206, BYTES[5:10])
    missing = hasty.origin.has(f"{FILM}/missing.m4s", BYTES)
    refused = hasty.ask(missing)
    assert (refused.status, refused.headers["cache-control"]) == (503, "no-store")
    hasty.origin.start()
    eventually(lambda: hasty.ask(missing).body == BYTES, "the failure is kept")
    eventually(lambda: stale(hasty.ask(path)), "the origin is back, and still not asked")


def test_an_origin_that_fails_is_stood_in_for_and_its_errors_are_not_kept(hasty: Pod) -> None:
    path = hasty.origin.has(f"{FILM}/fails.m4s", BYTES)
    unknown = hasty.origin.has(f"{FILM}/unknown.m4s", BYTES)
    hasty.ask(path)
    with hasty.origin.failing():
        found = eventually(lambda: old(hasty.ask(path)), "it is never older than its time")
        assert (found.status, found.body) == (200, BYTES)
        assert hasty.ask(unknown).status == 503
        # It is asked in the background, while the old answer is on its way.
        eventually(lambda: 500 in {line["status"] for line in hasty.origin.asked(path)}, "it never failed")
    eventually(lambda: hasty.ask(unknown).body == BYTES, "the error is kept")


def test_what_is_deleted_is_gone_once_it_is_stale_and_does_not_come_back(hasty: Pod) -> None:
    path = hasty.origin.has(f"{FILM}/deleted.m4s", BYTES)
    hasty.ask(path)
    hasty.origin.loses(path)
    eventually(lambda: hasty.ask(path).status == 404, "it is still given")
    hasty.origin.stop()
    found = eventually(lambda: kept_again(hasty.ask(path)), "it passes for ever")
    assert found.status == 503, "what was deleted stands in for nothing"


def test_what_is_not_there_is_asked_for_each_time(pod: Pod) -> None:
    path = f"{FILM}/later.m4s"
    assert [pod.ask(path).status for _ in range(2)] == [404, 404]
    pod.origin.has(path, BYTES)
    assert pod.ask(path).body == BYTES


@pytest.mark.parametrize("name", ["cookie/a.m4s", "private/a.m4s", "twice/a.m4s", "no-word-of-it.txt"])
def test_what_is_somebodys_own_or_does_not_say_so_is_not_kept(pod: Pod, name: str) -> None:
    path = pod.origin.has(f"/{name}", BYTES)
    answers = [pod.ask(path) for _ in range(2)]
    assert {answer.body for answer in answers} == {BYTES}
    assert [answer.cache for answer in answers] == ["edge-cdn; fwd=uri-miss", "edge-cdn; fwd=bypass"]
    assert all("age" not in answer.headers for answer in answers)
    eventually(lambda: len(pod.origin.asked(path)) == 2, "it was not asked for each time")


def test_what_is_too_large_to_be_kept_passes_in_the_parts_that_are_asked_for(pod: Pod) -> None:
    whole = BYTES * 20
    assert pod.edge.cache
    assert len(whole) > pod.edge.cache.size // vcl.LARGEST
    path = pod.origin.has(f"{FILM}/large.m4s", whole)
    parts = [pod.ask(path, Range="bytes=1000000-1000099") for _ in range(2)]
    assert {part.body for part in parts} == {whole[1000000:1000100]}
    assert pod.origin.asked(path)[1]["status"] == 206


def test_what_carries_a_principal_goes_past_the_cache(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/mine.m4s", BYTES)
    assert [pod.ask(path, Authorization="Bearer me").cache for _ in range(2)] == ["", ""]
    assert pod.ask(path).cache == "edge-cdn; fwd=uri-miss; stored", "nothing of it was kept"
    assert [line["request"]["proto"] for line in pod.origin.asked(path)] == ["HTTP/2.0"] * 3


def test_the_origin_does_not_learn_who_asked_first(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/cookies.m4s", BYTES)
    pod.ask(path, Cookie="who=me", Wireplan_Route="7", Wireplan_Probe="1")
    (fetched,) = pod.origin.asked(path)
    headers = fetched["request"]["headers"]
    assert headers["X-Forwarded-Proto"] == ["https"]
    assert not {"Cookie", "Wireplan-Route", "Wireplan-Probe"} & headers.keys()


def test_a_purge_takes_all_that_lies_below_and_nothing_else(pod: Pod) -> None:
    one, other = (pod.origin.has(f"/film.1/{name}.m4s", BYTES) for name in "ab")
    near = pod.origin.has("/filmx1/a.m4s", BYTES)
    for path in (one, other, near):
        pod.ask(path)
    assert pod.purge("/film.1/").status == 204
    assert [pod.ask(path).cache.partition(";")[2].split("=")[0].strip() for path in (one, other, near)] == [
        "fwd",
        "fwd",
        "hit; ttl",
    ]


def test_a_purge_of_one_path_takes_all_its_queries(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/purged.m4s", BYTES)
    longer = pod.origin.has(f"{FILM}/purged.m4s.m4s", BYTES)
    asked = [path, f"{path}?a=1", longer]
    for each in asked:
        pod.ask(each)
    assert pod.purge(path).status == 204
    assert ["hit" in pod.ask(each).cache for each in asked] == [False, False, True]


def test_what_is_no_path_is_not_purged_and_is_told_so(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/quoted.m4s", BYTES)
    pod.ask(path)
    assert pod.purge('/"||obj.http.Kept-For~/').status == 400
    assert "hit" in pod.ask(path).cache


def test_several_routes_are_kept_apart_by_both_programs(tmp_path: Path) -> None:
    routes = tuple(
        Route(path, path[1:], None, "http2", f"{path[1:]}.tube.svc.cluster.local:8080", cache=path != "/api")
        for path in ("/films", "/api", "/pictures")
    )
    several = dataclasses.replace(edge(), routes=routes)
    rules = vcl.text(several)
    assert [f"alive_{number}" in rules for number in (1, 2, 3)] == [True, True, False], (
        "the longest path first"
    )
    edge_pod.read(several, tmp_path)


def test_nobody_outside_purges_and_nothing_is_read_where_one_does(pod: Pod) -> None:
    path = pod.origin.has(f"{FILM}/safe.m4s", BYTES)
    pod.ask(path)
    assert pod.ask(path, "PURGE").status == 405
    assert pod.purge(path, "GET").status == 405
    assert "hit" in pod.ask(path).cache


def test_without_its_cache_the_edge_goes_on(hasty: Pod) -> None:
    path = hasty.origin.has(f"{FILM}/alone.m4s", BYTES)
    hasty.ask(path)
    assert hasty.cache
    hasty.cache.send_signal(signal.SIGKILL)
    found = eventually(lambda: past(hasty.ask(path)), "it is asked for by the cache")
    assert (found.status, found.body) == (200, BYTES)
    assert hasty.origin.asked(path)[-1]["request"]["proto"] == "HTTP/2.0"


def test_with_the_cache_switched_off_every_request_is_one_to_the_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = dataclasses.replace(
        edge(), routes=tuple(dataclasses.replace(r, cache=False) for r in edge().routes)
    )
    with edge_pod.serving(off, tmp_path, monkeypatch) as found:
        path = found.origin.has(f"{FILM}/off.m4s", BYTES)
        answers = [found.ask(path) for _ in range(3)]
        assert {answer.cache for answer in answers} == {""}
        eventually(lambda: len(found.origin.asked(path)) == 3, "it was not asked for each time")


def stale(answer: Answer) -> Answer | None:
    """An answer for which the origin was asked again."""
    return answer if "fwd=stale" in answer.cache else None


def old(answer: Answer) -> Answer | None:
    """An answer that was given although its time was over."""
    return answer if "hit; ttl=-" in answer.cache else None


def kept_again(answer: Answer) -> Answer | None:
    """An answer that would be kept, when the time is over in which such requests pass."""
    return None if "fwd=bypass" in answer.cache else answer


def past(answer: Answer) -> Answer | None:
    """An answer that no cache has seen."""
    return answer if not answer.cache and answer.status == 200 else None
