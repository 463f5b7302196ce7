"""Stand-ins for the parts that handlers use: they keep in memory what was done to them."""

import hashlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from google.protobuf.message import Message

from tube_platform.errors import NotYet
from tube_platform.inbox import Effect
from tube_platform.kafka.records import Received
from tube_platform.objects import Changed, ObjectInfo
from tube_platform.postgres import Connection

NO_CONNECTION = cast("Connection", None)
"""Effects that only write to the outbox look at no connection."""


@dataclass(slots=True)
class MemoryBucket:
    """A bucket in memory."""

    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])
    content_types: dict[str, str] = field(default_factory=dict[str, str])
    failure: Exception | None = None

    async def put(self, key: str, data: bytes | Path, content_type: str) -> None:
        """Write an object."""
        self._fail()
        self.objects[key] = data.read_bytes() if isinstance(data, Path) else data
        self.content_types[key] = content_type

    async def get(self, key: str) -> bytes | None:
        """An object, or None."""
        self._fail()
        return self.objects.get(key)

    async def stream(
        self, key: str, start: int = 0, end: int | None = None, etag: str | None = None
    ) -> AsyncIterator[bytes]:
        """Part of an object, in two pieces."""
        self._fail()
        whole = self.objects[key]
        if etag and etag != _etag(whole):
            raise Changed(f"{key} is not what it was")
        data = whole[start:end]
        middle = len(data) // 2
        yield data[:middle]
        yield data[middle:]

    async def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object."""
        self._fail()
        data = self.objects.get(key)
        if data is None:
            return None
        return ObjectInfo(key, len(data), _etag(data), 0.0)

    async def sign_put(self, key: str, seconds: float) -> str:
        """A URL that says what was signed."""
        return f"https://objects.example/{key}?seconds={seconds:g}"

    async def delete_below(self, folder: str) -> int:
        """Forget objects."""
        self._fail()
        keys = [key for key in self.objects if key.startswith(f"{folder}/")]
        for key in keys:
            del self.objects[key]
        return len(keys)

    def _fail(self) -> None:
        if self.failure:
            raise self.failure


@dataclass(slots=True)
class MemoryEdgeCache:
    """The cache of an edge, which remembers what was taken out."""

    purged: list[str] = field(default_factory=list[str])

    async def purge(self, path: str) -> None:
        """Take something out."""
        self.purged.append(path)


@dataclass(slots=True)
class MemoryOutbox:
    """An outbox that keeps events."""

    events: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])

    async def add(
        self, connection: Connection, topic: str, message: Message, *, event_id: uuid.UUID | None = None
    ) -> uuid.UUID:
        """Keep an event."""
        self.events.append((topic, message))
        return event_id or uuid.uuid4()


@dataclass(slots=True)
class MemorySagas:
    """Sagas that begin, and go no further."""

    begun: dict[tuple[type, str], Any] = field(default_factory=dict[tuple[type, str], Any])

    async def begin(self, connection: Connection, key: str, state: object) -> bool:
        """Keep the state of a new key."""
        if (type(state), key) in self.begun:
            return False
        self.begun[type(state), key] = state
        return True


@dataclass(slots=True)
class MemoryInbox:
    """An inbox that remembers which events had their effect; effects get no connection."""

    seen: set[tuple[str, str, uuid.UUID]] = field(default_factory=set[tuple[str, str, uuid.UUID]])

    async def once(self, record: Received, effect: Effect, *, step: str = "") -> bool:
        """Run the effect of a new event."""
        key = (record.group, step, record.event_id)
        if key in self.seen:
            return False
        await effect(NO_CONNECTION)
        self.seen.add(key)
        return True

    async def done(self, record: Received) -> bool:
        """Whether the effect was run."""
        return (record.group, "", record.event_id) in self.seen


@dataclass(slots=True)
class MemoryAnswers:
    """Idempotency keys that remember answers; effects get no connection."""

    answers: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])
    undone: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    async def once[M: Message](
        self, route: str, request: Message, kind: type[M], effect: Callable[[Connection], Awaitable[M]]
    ) -> M:
        """Run the effect of a new key."""
        key = (route, str(getattr(request, "request_id", "")))
        if key in self.undone:
            raise NotYet("this was undone before it came", "undone")
        if key not in self.answers:
            self.answers[key] = (await effect(NO_CONNECTION)).SerializeToString()
        return kind.FromString(self.answers[key])

    async def undo(self, route: str, key: str, effect: Callable[[Connection], Awaitable[None]]) -> bool:
        """Run the effect for a key that had one."""
        done = (route, key) in self.answers and (route, key) not in self.undone
        self.undone.add((route, key))
        if done:
            await effect(NO_CONNECTION)
        return done


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:16]}"'
