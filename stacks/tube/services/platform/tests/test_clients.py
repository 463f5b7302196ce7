"""What the clients of brokers and object store are told, without either at hand (rows M6, F2.1)."""

import asyncio
import hashlib
import hmac
import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from confluent_kafka import Consumer, Producer

from tube_platform import app, deadlines
from tube_platform.errors import DeadlineExceeded, Unavailable
from tube_platform.kafka import producer, source
from tube_platform.kafka.producer import KafkaPublisher
from tube_platform.kafka.records import Outgoing, PublishError
from tube_platform.objects import S3Bucket
from tube_platform.wiring import BucketWiring, Subscription, Wiring, WiringError

SUBSCRIPTION = Subscription(
    topic="t", message="m", key="k", group="g", dead_letter_topic="d", membership="static"
)


def test_producer_is_safe() -> None:
    """Idempotent, acks of all in-sync replicas; the library accepts every key."""
    found = producer.settings("127.0.0.1:1", "c", 300)
    assert (found["enable.idempotence"], found["acks"], found["delivery.timeout.ms"]) == (True, "all", 300000)
    Producer(found)


def test_consumer_stores_nothing_by_itself() -> None:
    """At least once, from the beginning, with the protocol written out; the library accepts every key."""
    found = source.settings("127.0.0.1:1", "c", SUBSCRIPTION, "processing-0")
    assert found["enable.auto.offset.store"] is False
    assert found["auto.offset.reset"] == "earliest"
    assert found["group.protocol"] == "classic"
    assert found["group.instance.id"] == "processing-0"
    assert found["session.timeout.ms"] == 45000
    Consumer(found).close()


def test_group_without_a_place_begins_where_the_topology_says() -> None:
    """A live view may skip what was there before it."""
    found = source.settings("127.0.0.1:1", "c", replace(SUBSCRIPTION, offset_reset="latest"), None)
    assert found["auto.offset.reset"] == "latest"
    Consumer(found).close()


def test_new_protocol_leaves_the_session_to_the_broker() -> None:
    """With group.protocol=consumer the client may not set these, and librdkafka refuses them."""
    found = source.settings("127.0.0.1:1", "c", replace(SUBSCRIPTION, protocol="consumer"), None)
    assert "session.timeout.ms" not in found
    assert "partition.assignment.strategy" not in found
    assert "group.instance.id" not in found
    Consumer(found).close()


def test_static_member_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row M6: the name comes from the StatefulSet; without it the process does not start."""
    monkeypatch.setenv("GROUP_INSTANCE_ID", "processing-2")
    assert app._instance("static") == "processing-2"
    assert app._instance("static", 1) == "processing-2-1", "a second member of the pod in the same group"
    assert app._instance("dynamic") is None
    monkeypatch.delenv("GROUP_INSTANCE_ID")
    with pytest.raises(WiringError):
        app._instance("static")


async def test_record_that_no_broker_takes_is_an_error() -> None:
    """The delivery report decides; a broker that is not there is no success."""
    publisher = KafkaPublisher("127.0.0.1:1", "c", delivery_timeout=0.3)
    await publisher.start()
    with pytest.raises(PublishError):
        await publisher.send(Outgoing("t", b"k", b"v", (("event-id", b"1"),)))
    await publisher.close()


async def test_signed_url_is_for_the_public_host_and_one_put(tmp_path: Path) -> None:
    """Path style, so that the edge can route it by its path; it expires."""
    (tmp_path / "a").write_text("access")
    (tmp_path / "s").write_text("secret-canary")
    wiring = BucketWiring(
        "originals", "http://objects:7070", "https://demo.example:8443",
        access_key_file=str(tmp_path / "a"), secret_key_file=str(tmp_path / "s"),
    )  # fmt: skip
    url = urlsplit(await S3Bucket(wiring).sign_put("some-video", 3600))
    query = parse_qs(url.query)
    assert (url.scheme, url.netloc, url.path) == ("https", "demo.example:8443", "/originals/some-video")
    assert query["X-Amz-Expires"] == ["3600"]
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert "secret-canary" not in url.geturl()
    with pytest.raises(WiringError):
        await S3Bucket(replace(wiring, public_endpoint=None)).sign_put("x", 1)


@pytest.mark.parametrize(
    ("signed_for", "host"),
    [(None, "demo.example:8443"), ("https://s3.store.example", "s3.store.example")],
)
async def test_signature_is_over_the_name_that_the_store_is_told(
    tmp_path: Path, signed_for: str | None, host: str
) -> None:
    """The edge tells a store outside that store's own name; the URL leads through the edge all the same."""
    (tmp_path / "a").write_text("access")
    (tmp_path / "s").write_text("secret-canary")
    wiring = BucketWiring(
        "originals", "https://s3.store.example", "https://demo.example:8443", signed_for,
        access_key_file=str(tmp_path / "a"), secret_key_file=str(tmp_path / "s"),
    )  # fmt: skip
    url = urlsplit(await S3Bucket(wiring).sign_put("a film+é", 3600))
    query = parse_qs(url.query)
    assert (url.scheme, url.netloc) == ("https", "demo.example:8443")
    unsigned, _, _ = url.query.partition("&X-Amz-Signature=")
    assert query["X-Amz-Signature"] == [signature(host, url.path, unsigned, query["X-Amz-Date"][0])]


def signature(host: str, path: str, query: str, when: str) -> str:
    """AWS Signature Version 4 of a PUT whose only signed header is the host."""
    scope = f"{when[:8]}/us-east-1/s3/aws4_request"
    asked = "\n".join(["PUT", path, query, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"])
    said = f"AWS4-HMAC-SHA256\n{when}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = b"AWS4secret-canary"
    for word in (*scope.split("/"), said):
        key = hmac.digest(key, word.encode(), "sha256")
    return key.hex()


def test_client_id_is_the_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a broker's log names the pod."""
    monkeypatch.setenv("POD_NAME", "upload-abc")
    wiring = Wiring(system="demo", service="upload")
    assert app._client_id(wiring) == "upload-abc"
    monkeypatch.delenv("POD_NAME")
    assert app._client_id(wiring) == "demo-upload"
    assert os.environ.get("POD_NAME") is None


async def test_store_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    """So that a request gets a 503 it may repeat, and a record waits instead of becoming a dead letter."""
    (tmp_path / "key").write_text("k")
    wiring = BucketWiring(
        "originals",
        "http://127.0.0.1:1",
        access_key_file=str(tmp_path / "key"),
        secret_key_file=str(tmp_path / "key"),
    )
    bucket = S3Bucket(wiring)
    calls = (
        bucket.head("x"),
        bucket.get("x"),
        bucket.put("x", b"", "text/plain"),
        anext(aiter(bucket.stream("x"))),
    )
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(each) for each in found] == [Unavailable] * 4


async def test_store_that_says_nothing_is_waited_for_no_longer_than_the_request_has(tmp_path: Path) -> None:
    """Its client alone would try for twenty seconds, and a connection that is only open for a minute."""
    (tmp_path / "key").write_text("k")
    # A writer that nobody holds is collected and its connection closed, which would be an answer.
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    wiring = BucketWiring(
        "originals",
        f"http://127.0.0.1:{port}",
        access_key_file=str(tmp_path / "key"),
        secret_key_file=str(tmp_path / "key"),
    )
    bucket = S3Bucket(wiring)
    with deadlines.within(0.2):
        calls = (bucket.head("x"), bucket.get("x"), anext(aiter(bucket.stream("x"))))
        async with asyncio.timeout(3):
            found = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(each) for each in found] == [DeadlineExceeded] * 3
    silent.close()
    for writer in held:
        writer.close()
