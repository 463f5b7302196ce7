"""Mail to a relay, by SMTP (row M3): one connection a message, hidden by TLS unless the topology says otherwise.

What the relay says of the message decides what becomes of it: 5xx is for ever and a dead letter, 4xx waits in the retry topics. What it says of
us (no connection, no TLS, a password that is wrong, a sender it does not like) is no fault of the message: nothing is sent until that is mended,
and after a few such answers in a row it is asked seldom. A relay that falls silent after it was given the whole message may have taken it: the
next try carries the same Message-ID.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import localtime
from urllib.parse import urlsplit

import aiosmtplib
from aiosmtplib import errors

from tube_platform import deadlines, logs, metrics
from tube_platform.channels.messages import Deferred, Mail
from tube_platform.errors import Unavailable
from tube_platform.external import watched
from tube_platform.kafka.failures import Poison
from tube_platform.resilience.breaker import Breaker, Verdict
from tube_platform.wiring import ExternalWiring, WiringError, secret

log = logs.get(__name__)

PORTS = {"smtp": 587, "smtps": 465}
CLOSING = 421
"""The relay is going away, whatever was asked."""
TOO_LARGE = 552
SMTP = "smtp"


@dataclass(slots=True)
class Relay:
    """One relay, by the topology's name for it."""

    name: str
    wiring: ExternalWiring
    sender: str
    breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        """Well, as far as anybody knows."""
        self.breaker = watched(self.name, self.wiring.breaker)

    async def carry(self, message: Mail, key: str) -> None:
        """Hand one mail in; return when the relay has taken it."""
        made = written(message, self.sender, key)
        permit = self.breaker.enter()
        if permit is None:
            metrics.external_requests.labels(self.name, SMTP, "refused").inc()
            raise Unavailable(f"{self.name} failed too often to be asked now")
        verdict = Verdict.NOTHING
        missed = Verdict.FAILED if deadlines.ample(self.wiring.timeout) else Verdict.NOTHING
        try:
            await self._asked(made)
            verdict = Verdict.HEALTHY
        except (Deferred, Poison):  # it is well, and says so of this mail
            verdict = Verdict.HEALTHY
            raise
        except Unavailable:
            verdict = missed
            raise
        finally:
            self.breaker.leave(permit, verdict)

    async def _asked(self, made: EmailMessage) -> None:
        # The causes are left out of what is raised: in the relay's words stand addresses, and what is raised is logged.
        try:
            async with asyncio.timeout(deadlines.for_call(self.wiring.timeout)):
                await self._handed_in(made)
        except errors.SMTPRecipientsRefused as refused:
            self._told(refused.recipients[0].code)
            raise said_of(refused.recipients[0], of_us=False) from None
        except errors.SMTPResponseException as answer:
            self._told(answer.code)
            raise said_of(answer, of_us=not isinstance(answer, errors.SMTPDataError)) from None
        except (errors.SMTPException, OSError, WiringError) as error:  # of TLS, too; TimeoutError is one
            metrics.external_requests.labels(self.name, SMTP, "unanswered").inc()
            log.warning("no answer", system=self.name, protocol=SMTP, error=type(error).__name__)
            raise Unavailable(f"{self.name} takes no mail") from None
        self._told(250)

    async def _handed_in(self, made: EmailMessage) -> None:
        client = await self._connected()
        try:
            await client.send_message(made)
            _goodbye(client)
        except errors.SMTPNotSupported:  # by who is connected and knows us, so of letters in an address
            raise Poison("the relay takes no address with such letters") from None
        except (ValueError, MessageError):  # whose text holds the address
            raise Poison("this is no address that mail could be sent to") from None
        finally:
            client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        """A relay that is who it should be, and knows who we are."""
        own, found = self.wiring, urlsplit(self.wiring.url)
        host, port = str(found.hostname), found.port or PORTS[found.scheme]
        implicit = own.tls == "implicit"
        context = None
        if own.tls != "none":  # it reads all authorities there are, which takes as long as many requests do
            context = await asyncio.to_thread(ssl.create_default_context, cafile=own.authority_file)
        password = secret(own.auth_file) if own.auth_file else None
        client = aiosmtplib.SMTP(
            hostname=host,
            sock=await connected(own.address or host, port),
            timeout=own.timeout,
            use_tls=implicit,
            start_tls=None if implicit else own.tls != "none",
            tls_context=context,
            username=own.user,
            password=password,
            local_hostname=self.sender.rpartition("@")[2],
        )
        await client.connect()
        return client

    def _told(self, code: int) -> None:
        metrics.external_requests.labels(self.name, SMTP, str(code)).inc()
        log.info("external request", system=self.name, protocol=SMTP, status=code)


async def connected(host: str, port: int) -> socket.socket:
    """A connection to where the relay lies; the name that its certificate must have is another matter."""
    loop = asyncio.get_running_loop()
    failed = OSError("it has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        try:
            await loop.sock_connect(made, address)
        except OSError as error:
            made.close()
            failed = error
        except BaseException:
            made.close()
            raise
        else:
            return made
    raise failed


def written(mail: Mail, sender: str, key: str) -> EmailMessage:
    """A mail as it travels. Its id follows from the key, so that a second copy is known to be one (RFC 5322, 3.6.4)."""
    made = EmailMessage(policy=POLICY)
    try:
        made["From"], made["To"] = sender, mail.to
        made["Subject"] = " ".join(mail.subject.split())
        made["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
        (to,) = [each for each in made["To"].addresses if each.username and each.domain]
        sound = to.addr_spec.isprintable()
    except (ValueError, LookupError, AttributeError, MessageError):
        sound = False  # what the parser makes of no address, or of an end of line
    if not sound:
        raise Poison("this is no address that mail could be sent to")
    made["Date"] = localtime()
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine is to answer
    made.set_content(mail.text)
    return made


def said_of(answer: errors.SMTPResponseException, *, of_us: bool) -> Exception:
    """What an answer of the relay means for the record. Its text is not repeated: it holds addresses."""
    if isinstance(answer, errors.SMTPRecipientRefused):
        of_us = False
    if answer.code == TOO_LARGE:
        return Poison("the mail is larger than the relay takes")
    if of_us or answer.code == CLOSING:
        return Unavailable(f"the relay takes no mail of ours ({answer.code})")
    if answer.code < 500:
        return Deferred(f"the relay does not take this mail now ({answer.code})")
    return Poison(f"the relay refuses this mail ({answer.code})")


def _goodbye(client: aiosmtplib.SMTP) -> None:
    """Say it, and wait for no answer: the relay has taken the mail, and one that is silent now is no reason to send it again."""
    if client.protocol and client.protocol.is_connected:
        client.protocol.write(b"QUIT\r\n")
