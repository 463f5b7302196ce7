"""A channel whose certificate is renewed while calls run on it.

gRPC's credentials of a client are fixed when a channel is made. So a renewed certificate means another channel: it connects first, then it gets the
calls, and the one before it is closed when no call that it was given can still have time.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import grpc
import grpc.aio

from tube_platform.rpc.certificates import Certificates

CONNECTED = 5.0
"""Seconds that a new channel may take to connect; after them it is used all the same: it is the callee that is away then."""

type Make = Callable[[grpc.ChannelCredentials], grpc.aio.Channel]


class RenewedChannel(grpc.aio.Channel):
    """Stands for the channel of the moment. `longest` is the deadline of its calls: after it none of before a change is left."""

    def __init__(self, make: Make, certificates: Certificates, longest: float) -> None:
        self._make = make
        self._certificates = certificates
        self._longest = longest
        self._now: grpc.aio.Channel | None = None
        self._former: set[asyncio.Task[None]] = set()
        certificates.follow(self.renew)

    @property
    def now(self) -> grpc.aio.Channel:
        """The channel that calls are made on."""
        if self._now is None:
            self._now = self._make(self._certificates.held.of_client())
        return self._now

    async def renew(self) -> None:
        """Go over to a channel with the certificate that is held now."""
        if (before := self._now) is None:
            return  # nobody has called yet
        after = self._make(self._certificates.held.of_client())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONNECTED):
                await after.channel_ready()
        self._now = after
        task = asyncio.create_task(self._retire(before))
        self._former.add(task)
        task.add_done_callback(self._former.discard)

    async def _retire(self, channel: grpc.aio.Channel) -> None:
        try:
            await asyncio.sleep(self._longest)
        finally:
            await channel.close(grace=1.0)

    async def close(self, grace: float | None = None) -> None:
        """Close what is open."""
        former = tuple(self._former)
        for task in former:
            task.cancel()
        await asyncio.gather(*former, return_exceptions=True)
        if self._now is not None:
            await self._now.close(grace)

    async def __aenter__(self) -> "RenewedChannel":
        """For a `with` block."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close."""
        await self.close()

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """The state of the channel of the moment."""
        return self.now.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Wait for the channel of the moment."""
        await self.now.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Wait until the channel of the moment is connected."""
        await self.now.channel_ready()

    def unary_unary(self, *given: Any, **named: Any) -> Any:
        """A method; each call of it is made on the channel of its moment."""
        return self._method("unary_unary", given, named)

    def unary_stream(self, *given: Any, **named: Any) -> Any:
        """As unary_unary."""
        return self._method("unary_stream", given, named)

    def stream_unary(self, *given: Any, **named: Any) -> Any:
        """As unary_unary."""
        return self._method("stream_unary", given, named)

    def stream_stream(self, *given: Any, **named: Any) -> Any:
        """As unary_unary."""
        return self._method("stream_stream", given, named)

    def _method(self, kind: str, given: tuple[Any, ...], named: dict[str, Any]) -> Callable[..., Any]:
        made: tuple[grpc.aio.Channel, Any] | None = None

        def call(*words: Any, **options: Any) -> Any:
            nonlocal made
            if made is None or made[0] is not self.now:
                made = self.now, getattr(self.now, kind)(*given, **named)
            return made[1](*words, **options)

        return call
