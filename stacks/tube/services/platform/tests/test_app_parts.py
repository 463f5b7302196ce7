"""An App makes the parts that the wiring names, each once, and says which is lacking."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from tube_platform.app import App
from tube_platform.housekeeping import Housekeeping
from tube_platform.kafka.loop import ConsumerLoop, Handler
from tube_platform.kafka.producer import KafkaPublisher
from tube_platform.lifecycle import Part
from tube_platform.outbox import Relay
from tube_platform.rpc.server import GrpcServer
from tube_platform.testing import echo
from tube_platform.wiring import (
    BucketWiring,
    DatabaseWiring,
    Grpc,
    InboxWiring,
    Kafka,
    Public,
    Subscription,
    Verifies,
    Wiring,
    WiringError,
)


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An app with one of each; nothing connects before it runs."""
    secret = tmp_path / "secret"
    secret.write_text("s")
    group = Subscription("t", "google.protobuf.StringValue", None, "g", "t.g.dlt")
    return App(
        Wiring(
            "test",
            "some",
            database=DatabaseWiring("d", "u", "127.0.0.1", "127.0.0.1", password_file=str(secret)),
            kafka=Kafka("127.0.0.1:1"),
            grpc=Grpc(0, (echo.SERVICE,)),
            consumes={"t": group},
            buckets={
                "films": BucketWiring(
                    "films",
                    "http://127.0.0.1:1",
                    "https://test.example",
                    access_key_file=str(secret),
                    secret_key_file=str(secret),
                )
            },
            inbox=InboxWiring(keep=1234.0),
            verifies=Verifies("https://issuer", "test"),
            public=Public("https://test.example", "https://cdn.test.example"),
        )
    )


def last(app: App, kind: type[Part]) -> list[Any]:
    """The parts of a kind that start after all others."""
    return [part for part in app._last if isinstance(part, kind)]


async def test_parts_that_are_shared_are_made_once(app: App) -> None:
    """However many others use them."""
    app.outbox()
    app.inbox()
    app.idempotency()
    assert app.database() is app.database()
    assert app.publisher() is app.publisher()
    (relay,) = last(app, Relay)
    assert (relay.database, relay.publisher) == (app.database(), app.publisher())
    (housekeeping,) = last(app, Housekeeping)
    assert housekeeping.keep == 1234.0
    kinds = [type(part) for part in app.lifecycle._parts]
    assert kinds.count(type(app.database())) == kinds.count(KafkaPublisher) == 1


async def test_what_takes_work_starts_after_what_it_works_with(app: App) -> None:
    """Else the first record would find no database."""

    async def handle(_: StringValue, __: Any) -> None:
        """Nothing."""

    class Servicer:
        async def Echo(self, request: Any, _: Any) -> Any:
            return request

    app.consume("t", Handler(StringValue, handle))
    app.serve_grpc(echo.add_echo, Servicer())
    app.serve_grpc(echo.add_echo, Servicer())
    app.database()
    assert len(last(app, ConsumerLoop)) == len(last(app, GrpcServer)) == 1
    assert not {ConsumerLoop, GrpcServer} & {type(part) for part in app.lifecycle._parts}


async def test_what_needs_no_connection_is_made_from_the_wiring(app: App) -> None:
    """Buckets, the verifier of tokens, the addresses that clients know."""

    async def keys() -> list[dict[str, Any]]:
        return []

    assert app.public().base_url == "https://test.example"
    assert app.verifier(keys).wiring.issuer == "https://issuer"
    assert (await app.bucket("films").sign_put("a.mp4", 60)).startswith("https://test.example/films/a.mp4?")


LACKING: dict[str, Callable[[App], object]] = {
    "database": lambda app: app.database(),
    "kafka": lambda app: app.publisher(),
    "tokens": lambda app: app.issuer(),
    "verifies": lambda app: app.verifier(lambda: pytest.fail("nobody is asked")),
    "public": lambda app: app.public(),
    "switches": lambda app: app.features(),
    "bucket films": lambda app: app.bucket("films"),
    "call to auth": lambda app: app.client("auth", echo.EchoStub),
    "subscription to t": lambda app: app.consume(
        "t", Handler(StringValue, lambda _, __: pytest.fail("nothing comes"))
    ),
    "grpc": lambda app: app.serve_grpc(echo.add_echo, object()),
    "http": lambda app: app.serve_http(None),
}


@pytest.mark.parametrize("part", LACKING)
async def test_a_part_that_the_wiring_lacks_is_named(part: str) -> None:
    """When the process starts, not when the part is first used."""
    with pytest.raises(WiringError, match=part):
        LACKING[part](App(Wiring("test", "some")))
