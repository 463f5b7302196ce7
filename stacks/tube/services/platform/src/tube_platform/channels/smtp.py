"""Mail to a relay, by SMTP (row M3): one connection a message, hidden by TLS unless the topology says otherwise.

What the relay says of the message decides what becomes of it: 5xx is for ever and a dead letter, 4xx waits in the retry topics. What it says of
us (no connection, no TLS, a password that is wrong, a sender it does not like) is no fault of the message: nothing is sent until that is mended.
A relay that falls silent after it was given the whole message may have taken it: the next try carries the same Message-ID.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import localtime
from urllib.parse import urlsplit

import aiosmtplib
from aiosmtplib import errors

from tube_platform import deadlines, logs, metrics
from tube_platform.channels.messages import Deferred, Mail
from tube_platform.errors import Unavailable
from tube_platform.kafka.failures import Poison
from tube_platform.wiring import ExternalWiring, secret

log = logs.get(__name__)

PORTS = {"smtp": 587, "smtps": 465}
CLOSING = 421
"""The relay is going away, whatever was asked."""
TOO_LARGE = 552
SMTP = "smtp"


@dataclass(frozen=True, slots=True)
class Relay:
    """One relay, by the topology's name for it."""

    name: str
    wiring: ExternalWiring
    sender: str

    async def carry(self, message: Mail, key: str) -> None:
        """Hand one mail in; return when the relay has taken it."""
        made = written(message, self.sender, key)
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
        except (errors.SMTPException, OSError) as error:  # of TLS, too; TimeoutError is one
            metrics.external_requests.labels(self.name, SMTP, "unanswered").inc()
            log.warning("no answer", system=self.name, protocol=SMTP, error=type(error).__name__)
            raise Unavailable(f"{self.name} takes no mail") from None
        self._told(250)

    async def _handed_in(self, made: EmailMessage) -> None:
        found = urlsplit(self.wiring.url)
        host, port = str(found.hostname), found.port or PORTS[found.scheme]
        implicit = self.wiring.tls == "implicit"
        client = aiosmtplib.SMTP(
            hostname=host,
            sock=await connected(self.wiring.address or host, port, self.wiring.timeout),
            timeout=self.wiring.timeout,
            use_tls=implicit,
            start_tls=None if implicit else self.wiring.tls != "none",
            tls_context=ssl.create_default_context(cafile=self.wiring.authority_file),
            username=self.wiring.user,
            password=secret(self.wiring.auth_file) if self.wiring.auth_file else None,
            local_hostname=self.sender.rpartition("@")[2],
        )
        try:
            await client.connect()
            await client.send_message(made)
            # It has taken the message: how it says goodbye changes nothing.
            await _goodbye(client)
        finally:
            client.close()

    def _told(self, code: int) -> None:
        metrics.external_requests.labels(self.name, SMTP, str(code)).inc()
        log.info("external request", system=self.name, protocol=SMTP, status=code)


async def connected(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to where the relay lies; the name that its certificate must have is another matter."""
    made = await asyncio.to_thread(socket.create_connection, (host, port), seconds)
    made.setblocking(False)
    return made


def written(mail: Mail, sender: str, key: str) -> EmailMessage:
    """A mail as it travels. Its id follows from the key, so that a second copy is known to be one (RFC 5322, 3.6.4)."""
    made = EmailMessage(policy=POLICY)
    try:
        made["From"], made["To"] = sender, mail.to
        made["Subject"] = " ".join(mail.subject.split())
        made["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
        (_,) = [each for each in made["To"].addresses if each.username and each.domain]
    except (ValueError, IndexError):  # what is no address, or holds an end of line
        raise Poison("this is no address that mail could be sent to") from None
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


async def _goodbye(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit()
    except (errors.SMTPException, OSError):
        log.info("the relay hung up")
