"""A relay for mail on loopback, for tests: a real SMTP server that answers as a test says, with TLS and a password where one asks for them."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "mail.localhost"
USER, PASSWORD = "sender", "the password of the sender"
TAKEN = "250 OK"


@dataclass(slots=True)
class LocalRelay:
    """What it got, and what it says. With `go` not set it falls silent after the message, with `parting` not set at the goodbye."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    tried: int = 0
    of_sender: str = TAKEN
    of_recipient: str = TAKEN
    of_message: str = TAKEN
    go: asyncio.Event = field(default_factory=asyncio.Event)
    parting: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where it is, by a name that its certificate has."""
        return f"smtp://{HOST}:{self.port}"

    async def handle_MAIL(self, _: Any, __: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Who sends."""
        self.tried += 1
        if self.of_sender == TAKEN:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.of_sender

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: list[str]) -> str:
        """Who is to get it."""
        if self.of_recipient == TAKEN:
            envelope.rcpt_tos.append(address)
        return self.of_recipient

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
        """The message."""
        await self.go.wait()
        if self.of_message == TAKEN:
            self.mails.append(message_from_bytes(envelope.content, EmailMessage, policy=default))
        return self.of_message

    async def handle_QUIT(self, _: Any, __: Any, ___: Any) -> str:
        """The goodbye."""
        await self.parting.wait()
        return "221 Bye"


@asynccontextmanager
async def relaying(
    context: ssl.SSLContext | None = None, *, asks: bool = False
) -> AsyncGenerator[LocalRelay]:
    """A running relay; with `asks` it takes nothing without the password."""
    relay = LocalRelay()
    relay.go.set()
    relay.parting.set()

    def connection() -> SMTP:
        return SMTP(
            relay,
            loop=asyncio.get_running_loop(),
            tls_context=context,
            require_starttls=context is not None,
            auth_required=asks,
            auth_require_tls=context is not None,
            authenticator=known,
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        relay.go.set()
        relay.parting.set()
        server.close()


def known(_: Any, __: Any, ___: Any, mechanism: str, given: Any) -> AuthResult:
    """Whether somebody is who they say."""
    right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    # Not handled yet, if it is no: else the server would leave it to us to say so, and its client would wait for ever.
    return AuthResult(success=right and mechanism in {"PLAIN", "LOGIN"}, handled=False)


def certificate(folder: Path, host: str = HOST) -> tuple[ssl.SSLContext, Path]:
    """What a relay with TLS needs, and the file of who vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, own = folder / f"{host}.pem", folder / f"{host}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    own.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, own)
    return context, chain
