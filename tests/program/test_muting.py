"""What a program says to the engine's debug channel, and what it still says to a person."""

import asyncio
import importlib
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi import log
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_pulumi_func
from wireplan.rim.program import muting


class Engine(mocks.MockEngine):
    """Notes how loud it is spoken to."""

    def __init__(self) -> None:
        super().__init__(None)
        self.heard: list[str] = []

    def Log(self, request: Any) -> None:
        self.heard.append(engine_pb2.LogSeverity.Name(request.severity))


class World(mocks.Mocks):
    """Makes whatever is asked for."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return args.name, dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        return {}, None


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(log, "debug", log.debug)
    importlib.reload(log)  # another test may have muted it
    found, loop = Engine(), asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks.set_mocks(World(), "small", "local", preview=False)
    kept: Any = settings.SETTINGS
    kept.engine = found
    yield found
    loop.close()


def run() -> None:
    """A program that registers one thing, and warns."""

    def program() -> None:
        pulumi.CustomResource("small:index:Thing", "thing", {"size": 1})
        pulumi.log.warn("not for long")

    asyncio.get_event_loop().run_until_complete(run_pulumi_func(program))


def test_the_sdk_talks_by_itself_or_this_module_can_go(engine: Engine) -> None:
    run()
    assert engine.heard.count("DEBUG") > 2
    assert engine.heard.count("WARNING") == 1


def test_nothing_is_sent_to_the_debug_channel_and_warnings_are(engine: Engine) -> None:
    muting.mute()
    run()
    assert engine.heard == ["WARNING"]


def test_who_looks_for_a_fault_hears_it_all(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(muting.KEPT, "1")
    muting.mute()
    run()
    assert engine.heard.count("DEBUG") > 2
