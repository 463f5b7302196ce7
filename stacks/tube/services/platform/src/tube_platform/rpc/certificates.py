"""Who this service is, by its certificate: read from the mounted folder, and read again when the cluster has renewed it.

The folder is a Secret as the cluster mounts it (`tls.crt`, `tls.key`, `ca.crt`; docs/identity-of-services.md). A renewed one appears in place of the old, all files
at once, while the process runs: connections that stand go on as they are, new ones are made with what is there now.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tube_platform import logs, metrics
from tube_platform.lifecycle import Lifecycle, Part
from tube_platform.wiring import WiringError

log = logs.get(__name__)

LOOK = 5.0
"""Seconds between two looks at the folder; the cluster itself takes up to a minute and a half to bring a change."""

VERSION = "..data"
"""What the cluster swaps: a link to the folder with the files of one version."""

type Follower = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Held:
    """One version: PEM files, and when the certificate ends (Unix time)."""

    chain: bytes
    key: bytes
    roots: bytes
    expires: float

    def of_server(self) -> grpc.ServerCertificateConfiguration:
        """For a server: its own, and whose certificates clients must have."""
        return grpc.ssl_server_certificate_configuration([(self.key, self.chain)], self.roots)

    def of_client(self) -> grpc.ChannelCredentials:
        """For a channel."""
        return grpc.ssl_channel_credentials(self.roots, self.key, self.chain)


def read(folder: Path) -> Held:
    """What lies in the folder now, all of one version.

    Raises:
        WiringError: a file is missing, is no certificate, or the key is another certificate's.
    """
    place = (folder / VERSION).resolve() if (folder / VERSION).exists() else folder
    try:
        chain, key, roots = ((place / name).read_bytes() for name in ("tls.crt", "tls.key", "ca.crt"))
        own, private = x509.load_pem_x509_certificates(chain)[0], load_pem_private_key(key, None)
        x509.load_pem_x509_certificates(roots)
    except OSError as error:
        raise WiringError(f"the certificate of this service cannot be read: {error}") from error
    except ValueError as error:
        raise WiringError(
            f"{folder} does not hold a certificate, its key and its authorities: {error}"
        ) from error
    if own.public_key() != private.public_key():
        raise WiringError(f"the key in {folder} is not the key of the certificate beside it")
    return Held(chain, key, roots, own.not_valid_after_utc.timestamp())


@dataclass(slots=True)
class Certificates(Part):
    """The certificate of this service, and who is to hear of a new one."""

    folder: Path
    lifecycle: Lifecycle | None = None
    """Where the watch runs; None: nobody watches, and `look` is called by hand."""
    name: str = "certificates"
    _held: Held | None = None
    _followers: list[Follower] = field(default_factory=list[Follower])

    @property
    def held(self) -> Held:
        """What new connections are made with."""
        if self._held is None:
            self._take(read(self.folder))
        assert self._held is not None  # noqa: S101 - for the type checker
        return self._held

    def follow(self, follower: Follower) -> None:
        """Have `follower` called after each change."""
        self._followers.append(follower)

    async def start(self) -> None:
        """Have a certificate, or end here; then watch the folder."""
        log.info("certificate", expires=self.held.expires)
        if self.lifecycle:
            self.lifecycle.watch(self.name, self._watch())

    async def look(self) -> None:
        """Take what lies in the folder, if it is another one. What cannot be used is left: the one in hand is good for hours."""
        try:
            found = read(self.folder)
        except WiringError as error:
            log.warning("certificate not usable", error=str(error))
            return
        if found == self._held:
            return
        self._take(found)
        log.info("certificate renewed", expires=found.expires)
        for told in await asyncio.gather(*(each() for each in self._followers), return_exceptions=True):
            if isinstance(told, Exception):
                log.warning("certificate not followed", error=repr(told))

    def server_credentials(self) -> grpc.ServerCredentials:
        """Credentials of a server that asks for the certificate of every client, and shows in each handshake the one that is held then."""
        given = [self.held]

        def renewed() -> grpc.ServerCertificateConfiguration | None:
            """Called by gRPC's own threads, before each handshake; None: as before."""
            if (now := self.held) is given[0]:
                return None
            given[0] = now
            return now.of_server()

        first, again = given[0].of_server(), cast("Any", renewed)  # the stubs know no "as before"
        return grpc.dynamic_ssl_server_credentials(first, again, require_client_authentication=True)

    def _take(self, held: Held) -> None:
        self._held = held
        metrics.certificate_expires.set(held.expires)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            await self.look()
