"""The CDN keeps what it was given once, stands in for an origin that is gone, and forgets what is purged (row P3, docs/cdn.md)."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube, names
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Answer, Browser, User, parts_of

pytestmark = pytest.mark.row("P3")
UNWANTED = "video.unwanted"
PURGE = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], 8444), timeout=3) as it:
        it.sendall(b"PURGE /nothing/ HTTP/1.1\\r\\nHost: cache\\r\\nConnection: close\\r\\n\\r\\n")
        print(it.recv(100).split(b" ")[1].decode())
except OSError as error:
    print("refused", error)
"""
STALE = 100
"""Seconds within which a playlist that says max-age=60 is stale."""


@pytest.fixture(scope="module")
def own(browser: Browser, film: Path) -> str:
    """A film of which nothing was asked yet."""
    user = User(browser.new(), film.read_bytes()).register()
    made = user.upload("for the CDN")
    user.until(made, "ready", within=120)
    return made


def segments(browser: Browser, video: str) -> list[str]:
    """The addresses of all parts of a film."""
    playlist = browser.get(browser.playlist(video)).expect(200).body.decode()
    return [f"{browser.places.cdn}/{video}/{name}" for name in parts_of(playlist)]


def hit(answer: Answer) -> bool:
    """Whether it was kept, and still fresh."""
    return answer.headers.get("cache-status", "").startswith("edge-cdn; hit; ttl=") and not stale(answer)


def stale(answer: Answer) -> bool:
    """Whether it was kept, and given beyond its time."""
    return "hit; ttl=-" in answer.headers.get("cache-status", "")


def test_a_segment_is_fetched_once_and_then_kept(browser: Browser, own: str) -> None:
    (segment, *_) = segments(browser, own)
    first = browser.get(segment).expect(200)
    assert first.headers["cache-status"] == "edge-cdn; fwd=uri-miss; stored"
    assert "immutable" in first.headers["cache-control"]
    second = browser.get(segment).expect(200)
    assert hit(second), second.headers
    assert int(second.headers["age"]) >= 0
    assert second.body == first.body


def test_ranges_and_tags_are_answered_from_what_is_kept(browser: Browser, own: str) -> None:
    (segment, *_) = segments(browser, own)
    whole = browser.get(segment).expect(200)
    part = browser.get(segment, headers={"range": "bytes=10-109"}).expect(206)
    assert hit(part), part.headers
    assert part.body == whole.body[10:110]
    assert part.headers["content-range"] == f"bytes 10-109/{len(whole.body)}"
    browser.get(segment, headers={"if-none-match": whole.headers["etag"]}).expect(304)


def test_what_is_not_there_is_not_kept(browser: Browser) -> None:
    missing = f"{browser.places.cdn}/{uuid.uuid4()}/index.m3u8"
    answers = [browser.get(missing).expect(404) for _ in range(2)]
    assert not any("hit" in answer.headers.get("cache-status", "") for answer in answers)


def test_http3_comes_in_and_http2_goes_out_as_both_ends_log_it(
    kube: Kube, browser: Browser, own: str
) -> None:
    new, mark = browser.new(), f"?{uuid.uuid4()}"
    address = f"{browser.playlist(own)}{mark}"

    def by_http3() -> bool:
        assert new.get(address).expect(200).version == "HTTP/3"
        return True

    eventually(by_http3, "the browser comes by HTTP/3", 10)
    (pod,) = names(kube.ready_pods("edge-cdn"))
    edge = [line for line in log(kube, pod, "caddy") if mark in str(line.get("request", {}).get("uri"))]
    assert "HTTP/3.0" in {line["request"]["proto"] for line in edge}
    assert any(line["request"]["host"].startswith("cdn.") and "logger" in line for line in edge)
    media = [
        line
        for each in names(kube.ready_pods("media"))
        for line in log(kube, each)
        if line.get("event") == "request" or line.get("message") == "request"
    ]
    assert media
    assert {line["http_version"] for line in media} == {"2"}


def log(kube: Kube, pod: str, container: str = "") -> list[dict[str, Any]]:
    """The last lines of a pod's log that are JSON."""
    text = kube.log(pod, container, sinceSeconds=600)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.fixture
def without_media(kube: Kube, browser: Browser, own: str) -> Iterator[None]:
    """No pod of the origin, after the film was played once."""
    assert browser.plays(own)
    before = kube.get("deployment", "media")["spec"]["replicas"]
    with kube.changed("deployment", "media", {"spec": {"replicas": 0}}, {"spec": {"replicas": before}}):
        eventually(lambda: not kube.get("pods", selector="app.kubernetes.io/name=media"), "no media", 60)
        yield
    kube.rolled_out("deployment/media")


def test_a_film_plays_on_while_its_origin_is_gone(
    browser: Browser, own: str, video: str, without_media: None
) -> None:
    """Asked of the film that was kept first of all: its playlist is most likely beyond its time already."""
    del without_media
    segments_of = segments(browser, own)

    def beyond_its_time() -> Answer:
        found = browser.get(browser.playlist(video)).expect(200)
        assert stale(found), found.headers
        return found

    playlist = eventually(beyond_its_time, "the playlist is beyond its time", STALE)
    assert parts_of(playlist.body.decode())
    assert browser.get(segments_of[0]).expect(200).body
    refused = browser.get(f"{browser.playlist(own)}?{uuid.uuid4()}", timeout=30).expect(503)
    assert refused.headers["cache-control"] == "no-store"


def test_the_origin_is_asked_again_once_it_is_back(browser: Browser, video: str) -> None:
    def again() -> bool:
        found = browser.get(browser.playlist(video)).expect(200)
        assert not stale(found), found.headers
        return True

    eventually(again, "the playlist is from the origin", 60)


def test_only_who_purges_by_the_topology_comes_to_the_purge(kube: Kube, browser: Browser, own: str) -> None:
    host = "purge-edge-cdn"
    (purger, *_), (stranger, *_) = (names(kube.ready_pods(each)) for each in ("processing", "catalog"))
    assert kube.python(purger, PURGE, host).strip() == "204"
    assert kube.python(stranger, PURGE, host).startswith("refused")
    outside = browser.ask("PURGE", browser.playlist(own))
    assert outside.status == 405, outside
    assert browser.get(browser.playlist(own)).expect(200).headers["cache-status"]


def test_a_film_that_is_given_up_is_gone_from_the_bucket_and_from_the_cdn(
    browser: Browser, own: str, video: str, kafka: Kafka
) -> None:
    others = segments(browser, video)
    addresses = [browser.playlist(own), *segments(browser, own)]
    for address in (*addresses, *others):
        browser.get(address).expect(200)
    headers = {"event-id": str(uuid.uuid4()), "type": "tube.events.v1.VideoUnwanted"}
    kafka.send(UNWANTED, own, unwanted(own), headers)

    def gone() -> bool:
        for address in addresses:
            browser.get(address).expect(404)
        return True

    eventually(gone, "nothing of it is given any more, although segments are kept for an hour", 60)
    assert all(hit(browser.get(address).expect(200)) for address in others), "and nothing else was purged"


def unwanted(video: str) -> bytes:
    """The message tube.events.v1.VideoUnwanted: the film, and a moment of 1970."""
    return b"\x0a" + bytes([len(video)]) + video.encode() + b"\x12\x02\x08\x01"
