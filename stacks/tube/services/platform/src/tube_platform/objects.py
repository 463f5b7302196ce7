"""The object store: S3 by obstore. Signed URLs lead to the host that clients see; everything else uses the store's own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from tube_platform import deadlines
from tube_platform.errors import DeadlineExceeded, Unavailable
from tube_platform.wiring import BucketWiring, WiringError, secret

if TYPE_CHECKING:
    from pathlib import Path

    from obstore.store import S3Store

IMMUTABLE = "public, max-age=31536000, immutable"
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What the store knows about an object."""

    key: str
    size: int
    etag: str | None
    modified: float


class Changed(Exception):
    """An object was replaced since it was looked at."""


class Bucket(Protocol):
    """A place for objects."""

    async def put(self, key: str, data: "bytes | Path", content_type: str) -> None:
        """Write an object, or write it again."""
        ...

    async def get(self, key: str) -> bytes | None:
        """A small object whole; None when there is none."""
        ...

    def stream(
        self, key: str, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes of an object from start to before end; raise Changed when there are others than an earlier `head` saw."""
        ...

    async def head(self, key: str) -> ObjectInfo | None:
        """What is known about an object; None when there is none."""
        ...

    async def sign_put(self, key: str, seconds: float) -> str:
        """A URL that whoever has it may PUT the object to."""
        ...

    async def delete_below(self, folder: str) -> int:
        """Delete all objects whose keys begin with `folder/`; how many there were."""
        ...


class S3Bucket:
    """A bucket of an S3 store. A store that does not answer, after the client's own retries, is Unavailable."""

    def __init__(self, wiring: BucketWiring) -> None:
        self._wiring = wiring
        self._store = _store(wiring, wiring.endpoint)
        self._signer: S3Store | None = (
            _store(wiring, wiring.signed_for or wiring.public_endpoint) if wiring.public_endpoint else None
        )

    async def put(self, key: str, data: "bytes | Path", content_type: str) -> None:
        """Write an object, or write it again."""
        import obstore

        async with _in_time():
            await obstore.put_async(self._store, key, data, attributes={"Content-Type": content_type})

    async def get(self, key: str) -> bytes | None:
        """A small object whole; None when there is none."""
        import obstore

        try:
            async with _in_time():
                result = await obstore.get_async(self._store, key)
                return bytes(await result.bytes_async())
        except FileNotFoundError:
            return None

    async def stream(
        self, key: str, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes of an object from start to before end; raise Changed when there are others than an earlier `head` saw."""
        import obstore

        options: Any = (
            {} if start == 0 and end is None else {"range": (start, end) if end else {"offset": start}}
        )
        async with _in_time():
            result = await obstore.get_async(self._store, key, options=options)
        if etag and result.meta.get("e_tag") != etag:
            raise Changed(f"{key} is not what it was")
        with _answering():
            async for chunk in result.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    async def head(self, key: str) -> ObjectInfo | None:
        """What is known about an object; None when there is none."""
        import obstore

        try:
            async with _in_time():
                found = await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return None
        return ObjectInfo(key, found["size"], found.get("e_tag"), found["last_modified"].timestamp())

    async def sign_put(self, key: str, seconds: float) -> str:
        """A URL that whoever has it may PUT the object to."""
        import obstore

        if self._signer is None or self._wiring.public_endpoint is None:
            raise WiringError(f"bucket {self._wiring.bucket} has no public endpoint, so it cannot sign URLs")
        url = await obstore.sign_async(self._signer, "PUT", key, timedelta(seconds=seconds))
        public = urlsplit(self._wiring.public_endpoint)
        return urlsplit(url)._replace(scheme=public.scheme, netloc=public.netloc).geturl()

    async def delete_below(self, folder: str) -> int:
        """Delete all objects whose keys begin with `folder/`; how many there were."""
        import obstore

        deleted = 0
        async with _in_time():
            listed: Any = obstore.list(self._store, prefix=folder)  # pyright: ignore[reportUnknownMemberType]
            async for found in listed:
                keys = [str(each["path"]) for each in found]
                await obstore.delete_async(self._store, keys)
                deleted += len(keys)
        return deleted


@asynccontextmanager
async def _in_time() -> AsyncGenerator[None]:
    """Within the budget of what asks: the client's own retries go on for longer than anybody waits for an answer."""
    try:
        async with asyncio.timeout(deadlines.remaining()):
            with _answering():
                yield
    except TimeoutError as error:
        raise DeadlineExceeded("the object store did not answer in time") from error


@contextmanager
def _answering() -> Generator[None]:
    """GenericError is the client's word for what is no fault of the request: no connection, a timeout, a 5xx."""
    from obstore.exceptions import GenericError

    try:
        yield
    except GenericError as error:
        raise Unavailable("the object store does not answer", "objects_unavailable") from error


def _store(wiring: BucketWiring, endpoint: str) -> "S3Store":
    from obstore.store import S3Store

    return S3Store(
        wiring.bucket,
        endpoint=endpoint,
        region=wiring.region,
        access_key_id=secret(wiring.access_key_file),
        secret_access_key=secret(wiring.secret_key_file),
        virtual_hosted_style_request=False,
        client_options={"allow_http": True, "connect_timeout": "3s", "timeout": "60s"},
        retry_config={
            "max_retries": 4,
            "retry_timeout": timedelta(seconds=20),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=3),
                "base": 2,
            },
        },
    )
