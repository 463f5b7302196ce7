"""Objects of a store that speaks S3: whole, by their parts, and never half of one and half of another (row P11)."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tube_platform.objects import Changed, S3Bucket
from tube_platform.wiring import BucketWiring

FILM = bytes(range(256)) * 40


class Store:
    """As much of a store as reading needs."""

    def __init__(self) -> None:
        self.objects = {"/films/a.mp4": (FILM, '"one"')}
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests on one connection, until it ends."""
        while (head := await reader.read(65536)) != b"":
            lines = head.decode().split("\r\n")
            method, path, _ = lines[0].split(" ")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            writer.write(self.answer(method, path, headers.get("range", "")))
            await writer.drain()
        writer.close()

    def answer(self, method: str, path: str, wanted: str) -> bytes:
        """The bytes of an answer."""
        if path not in self.objects:
            body = b"<Error><Code>NoSuchKey</Code></Error>"
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: %d\r\n\r\n%s" % (
                len(body),
                b"" if method == "HEAD" else body,
            )
        body, tag = self.objects[path]
        status, where = "200 OK", ""
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            end = int(last) + 1 if last else len(body)
            status = "206 Partial Content"
            where = f"content-range: bytes {first}-{end - 1}/{len(body)}\r\n"
            body = body[int(first) : end]
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\netag: {tag}\r\n{where}"
        head += "last-modified: Sat, 01 Jan 2028 00:00:00 GMT\r\n\r\n"
        return head.encode() + (b"" if method == "HEAD" else body)


@pytest.fixture
async def store() -> AsyncGenerator[Store]:
    """It, on a free port."""
    found = Store()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()


@pytest.fixture
def bucket(store: Store, tmp_path: Path) -> S3Bucket:
    """Its bucket of films."""
    (tmp_path / "key").write_text("k")
    key = str(tmp_path / "key")
    return S3Bucket(
        BucketWiring("films", f"http://127.0.0.1:{store.port}", access_key_file=key, secret_key_file=key)
    )


async def read(bucket: S3Bucket, start: int = 0, end: int | None = None, etag: str | None = None) -> bytes:
    """All that is streamed."""
    return b"".join([chunk async for chunk in bucket.stream("a.mp4", start, end, etag)])


async def test_an_object_is_read_whole_and_in_parts(bucket: S3Bucket) -> None:
    """From the first byte to before the last, as ranges of HTTP are made of it."""
    assert await bucket.get("a.mp4") == FILM
    assert await read(bucket) == FILM
    assert await read(bucket, 100, 300) == FILM[100:300]
    assert await read(bucket, 100) == FILM[100:]


async def test_what_is_known_of_an_object_and_of_none(bucket: S3Bucket) -> None:
    """None is no error: it may not be there yet."""
    found = await bucket.head("a.mp4")
    assert found
    assert (found.key, found.size, found.etag, found.modified) == ("a.mp4", len(FILM), '"one"', 1830297600.0)
    assert await bucket.head("b.mp4") is None
    assert await bucket.get("b.mp4") is None


async def test_an_object_that_was_replaced_meanwhile_is_told(bucket: S3Bucket, store: Store) -> None:
    """Its length was promised by what stood there before."""
    found = await bucket.head("a.mp4")
    assert found
    store.objects["/films/a.mp4"] = (FILM[::-1], '"two"')
    with pytest.raises(Changed):
        await read(bucket, etag=found.etag)
    assert await read(bucket, etag='"two"') == FILM[::-1]
