"""Purges of an edge's cache reach all of its pods, or are an error that is tried again (row P3)."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tube_platform import edge_cache
from tube_platform.edge_cache import EdgeCache
from tube_platform.errors import Unavailable
from tube_platform.wiring import EdgeCacheWiring

FILM = "/1422de6e-9433-4cbd-8635-b0b47410bd21/"


@asynccontextmanager
async def pods(answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n") -> AsyncGenerator[tuple[int, list[bytes]]]:
    """A port on which every address of loopback is a pod, and what they were asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str, error: int | None = None) -> None:
    """What DNS says of the pods."""

    async def found(_self: Any, host: str, port: int, **_: Any) -> Any:
        assert host == "purge-edge-cdn"
        if error is not None:
            raise socket.gaierror(error, "no")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", found)


async def test_every_pod_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a cache of its own."""
    async with pods() as (port, asked):
        resolve(monkeypatch, "127.0.0.1", "127.0.0.1")
        await EdgeCache(EdgeCacheWiring("purge-edge-cdn", port)).purge(FILM)
        assert asked == [f"PURGE {FILM} HTTP/1.1\r\n".encode()]


async def test_a_pod_that_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it keeps, it would go on giving."""
    async with pods(b"HTTP/1.1 405 Not Allowed\r\n\r\n") as (port, _):
        resolve(monkeypatch, "127.0.0.1")
        with pytest.raises(Unavailable):
            await EdgeCache(EdgeCacheWiring("purge-edge-cdn", port)).purge(FILM)


async def test_a_pod_that_is_not_reached_is_an_error_and_the_others_are_asked_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next try asks all again."""
    async with pods() as (port, asked):
        resolve(monkeypatch, "127.0.0.1", "127.0.0.9")
        with pytest.raises(Unavailable):
            await EdgeCache(EdgeCacheWiring("purge-edge-cdn", port)).purge(FILM)
        assert len(asked) == 1


async def test_a_pod_that_says_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be frozen, and come back with all that it keeps."""
    monkeypatch.setattr(edge_cache, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        resolve(monkeypatch, "127.0.0.1")
        with pytest.raises(Unavailable):
            await EdgeCache(EdgeCacheWiring("purge-edge-cdn", silent.getsockname()[1])).purge(FILM)


async def test_without_pods_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache ends with its pod. A DNS that does not answer is another matter."""
    resolve(monkeypatch, error=socket.EAI_NONAME)
    await EdgeCache(EdgeCacheWiring("purge-edge-cdn")).purge(FILM)
    resolve(monkeypatch, error=socket.EAI_AGAIN)
    with pytest.raises(Unavailable):
        await EdgeCache(EdgeCacheWiring("purge-edge-cdn")).purge(FILM)


@pytest.mark.parametrize("path", ["", "film", "/a b", "/a\r\nX: y", "/ä"])
async def test_what_is_no_path_is_refused(path: str) -> None:
    """Nobody writes a second line into the request."""
    with pytest.raises(ValueError, match="no path"):
        await EdgeCache(EdgeCacheWiring("purge-edge-cdn")).purge(path)
