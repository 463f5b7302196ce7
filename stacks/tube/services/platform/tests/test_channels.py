"""Push messages and SMS to a gateway on loopback, and which ways a process sends by at all (row M3)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tube_platform.app import App
from tube_platform.channels.gateway import Gateway
from tube_platform.channels.messages import Mail, Push, Sms
from tube_platform.errors import Unavailable
from tube_platform.external import External
from tube_platform.kafka.failures import Failure, Poison, classify
from tube_platform.kafka.loop import ConsumerLoop
from tube_platform.lifecycle import Lifecycle
from tube_platform.testing.provider import free_port
from tube_platform.web import HttpServer
from tube_platform.wiring import (
    ChannelWiring,
    DatabaseWiring,
    ExternalWiring,
    Http,
    Kafka,
    Subscription,
    Wiring,
)

PUSH = Push("device-1", "Ready", "It is out.")
LONG = 30.0
"""Seconds: a machine may be busy, and no test waits for the end of it."""


class Messages:
    """A gateway that answers as a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = 202
        self.asked: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.app = Starlette(routes=[Route("/v1/messages", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        """One message."""
        self.asked.append((await request.json(), dict(request.headers)))
        return JSONResponse({}, self.status)


@asynccontextmanager
async def reached(messages: Messages, token: Path | None = None) -> AsyncGenerator[Gateway]:
    """The way to a running gateway."""
    port = free_port()
    server = HttpServer(Http(port, deadline=LONG), messages.app, Lifecycle(1.0), "127.0.0.1")
    await server.start()
    auth = str(token) if token else None
    external = External(
        "sms", ExternalWiring(f"http://127.0.0.1:{port}/v1/messages", "http1", LONG, auth_file=auth)
    )
    await external.start()
    try:
        yield Gateway(external, "news")
    finally:
        await external.close()
        await server.drain(0.1)
        await server.close()


async def test_a_message_says_who_it_is_from_and_by_what_a_copy_is_known(tmp_path: Path) -> None:
    """The token is read for each: a new one needs no restart."""
    messages, token = Messages(), tmp_path / "token"
    token.write_text("first")
    async with reached(messages, token) as gateway:
        await gateway.carry(PUSH, "key-1")
        token.write_text("second")
        await gateway.carry(Sms("+491701234567", "Ready"), "key-2")
    (push, first), (sms, second) = messages.asked
    assert push == {"to": "device-1", "title": "Ready", "text": "It is out.", "from": "news"}
    assert sms == {"to": "+491701234567", "text": "Ready", "from": "news"}
    assert [each["idempotency-key"] for each in (first, second)] == ["key-1", "key-2"]
    assert [each["authorization"] for each in (first, second)] == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (400, Failure.POISON),
        (404, Failure.POISON),
        (422, Failure.POISON),
        (301, Failure.DEPENDENCY),
        (401, Failure.DEPENDENCY),
        (402, Failure.DEPENDENCY),
        (409, Failure.DEPENDENCY),
        (429, Failure.DEPENDENCY),
        (500, Failure.DEPENDENCY),
        (503, Failure.DEPENDENCY),
    ],
)
async def test_what_a_gateway_says_of_a_message_is_what_becomes_of_it(status: int, means: Failure) -> None:
    """4xx is of the message, but for those that are of us or of now; 3xx and 5xx are of the gateway."""
    messages = Messages()
    messages.status = status
    async with reached(messages) as gateway:
        with pytest.raises((Poison, Unavailable)) as caught:
            await gateway.carry(PUSH, "key")
    assert classify(caught.value) is means


async def test_a_token_that_is_not_there_is_no_fault_of_the_message(tmp_path: Path) -> None:
    """It is the cluster's to mount it."""
    messages = Messages()
    async with reached(messages, tmp_path / "none") as gateway:
        with pytest.raises(Unavailable):
            await gateway.carry(PUSH, "key")
    assert messages.asked == []


async def test_where_nobody_listens_messages_wait() -> None:
    """No dead letter comes of it."""
    wiring = ExternalWiring(f"http://127.0.0.1:{free_port()}/v1/messages", "http1", LONG)
    external = External("sms", wiring)
    await external.start()
    with pytest.raises(Unavailable):
        await Gateway(external, "news").carry(PUSH, "key")
    await external.close()


def made(*ways: str) -> App:
    """An app that sends by some ways; nothing connects before it runs."""
    groups = {f"due.{way}": Subscription(f"due.{way}", "m", None, f"tell-{way}", "dlt") for way in ways}
    return App(
        Wiring(
            "news",
            "tell",
            database=DatabaseWiring("d", "u", "127.0.0.1", "127.0.0.1", password_file=__file__),
            kafka=Kafka("127.0.0.1:1"),
            consumes=groups,
            channels={way: ChannelWiring(f"due.{way}", f"by-{way}", "news@news.example") for way in ways},
            externals={
                f"by-{way}": ExternalWiring(
                    "smtp://mail.example" if way == "email" else "https://x.example",
                    "smtp" if way == "email" else "http2",
                )
                for way in ways
            },
        )
    )


@pytest.mark.parametrize("ways", [("email", "push", "sms"), ("push",), ("email",)])
async def test_a_process_sends_by_the_ways_of_its_wiring_and_no_others(ways: tuple[str, ...]) -> None:
    """The same code, all in one or each by itself."""
    app = made(*ways)
    app.send_by("email", StringValue, lambda event: Mail(event.value, "s", "t"))
    app.send_by("push", StringValue, lambda event: Push(event.value, "s", "t"))
    app.send_by("sms", StringValue, lambda event: Sms(event.value, "t"))
    loops = [part for part in app._last if isinstance(part, ConsumerLoop)]
    assert [each.subscription.topic for each in loops] == [f"due.{way}" for way in ways]
