"""Mail, to a real SMTP server on loopback: what it says decides between sent, later, never, and not now (rows M3, F2.2, F2.3)."""

import asyncio
import socket
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from structlog.testing import capture_logs

from tube_platform import deadlines
from tube_platform import wiring as wired
from tube_platform.channels import sending as sent
from tube_platform.channels.messages import Deferred, Mail
from tube_platform.channels.sending import Sending
from tube_platform.channels.smtp import Relay
from tube_platform.errors import DeadlineExceeded, Unavailable
from tube_platform.inbox import Effect
from tube_platform.kafka import letters, loop
from tube_platform.kafka.failures import Failure, Poison, classify
from tube_platform.kafka.loop import ConsumerLoop, Handler
from tube_platform.kafka.records import Received
from tube_platform.lifecycle import Lifecycle
from tube_platform.testing import relay as local
from tube_platform.testing.broker import MemoryBroker, MemorySource, received
from tube_platform.testing.fakes import MemoryInbox
from tube_platform.wiring import ExternalWiring, RetryTopic, Subscription

MAIL = Mail("ann@example.org", "Your film is ready: Ünder", "It is out.\n")
SENDER = "no-reply@app.example"
LONG = 30.0
"""Seconds: a machine may be busy, and no test waits for the end of it."""
SUBSCRIPTION = Subscription(
    topic="due", message="google.protobuf.StringValue", key="value", group="mail", dead_letter_topic="due.mail.dlt",
    handler_timeout=LONG, attempts=3, retry_topics=(RetryTopic("due.mail.retry", 0.02),),
)  # fmt: skip


PATIENT = wired.BreakerWiring(minimum_calls=10**6, consecutive_failures=10**6)


def reached(
    relay: local.LocalRelay,
    timeout: float = LONG,
    breaker: wired.BreakerWiring = PATIENT,
    auth: Path | None = None,
) -> Relay:
    """The way to a relay without TLS."""
    wiring = ExternalWiring(
        relay.url, "smtp", timeout, address="127.0.0.1", tls="none", breaker=breaker, user=auth and local.USER,
        auth_file=auth and str(auth),
    )  # fmt: skip
    return Relay("mail", wiring, SENDER)


@pytest.fixture
async def relay() -> AsyncGenerator[local.LocalRelay]:
    """One that takes all."""
    async with local.relaying() as found:
        yield found


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(LONG):
        while not condition():
            await asyncio.sleep(0.003)


@asynccontextmanager
async def consuming(
    broker: MemoryBroker, relay: Relay, inbox: MemoryInbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[MemorySource]:
    """A service that sends what its topic asks for."""
    monkeypatch.setattr(loop, "BACKOFF_FIRST", 0.002)
    monkeypatch.setattr(loop, "BACKOFF_MOST", 0.01)
    monkeypatch.setattr(loop, "POLL", 0.002)

    def mail(event: StringValue) -> Mail:
        return replace(MAIL, to=event.value)

    sending = Sending("email", inbox, mail, relay)
    source = MemorySource(broker, SUBSCRIPTION.group)
    handler = Handler(StringValue, sending.handle)
    member = ConsumerLoop(SUBSCRIPTION, handler, source, broker, Lifecycle(1.0))
    with capture_logs():  # to draw what a failure holds takes longer than the failure
        await member.start()
        try:
            yield source
        finally:
            await member.quiesce()
            await member.drain(1.0)
            await member.close()


async def test_mail_arrives_as_it_was_written(relay: local.LocalRelay) -> None:
    """With an id that follows from its key, and no machine is to answer it."""
    await reached(relay).carry(MAIL, "key-1")
    (mail,) = relay.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, MAIL.to, MAIL.subject)
    assert mail["Message-ID"] == "<key-1@app.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == MAIL.text


@pytest.mark.parametrize("where", ["of_recipient", "of_message"])
@pytest.mark.parametrize(
    ("said", "means", "failure"),
    [
        ("450 mailbox is busy", Deferred, Failure.BUSINESS),
        ("550 no such mailbox", Poison, Failure.POISON),
        ("552 too large", Poison, Failure.POISON),
        ("421 going away", Unavailable, Failure.DEPENDENCY),
    ],
)
async def test_what_the_relay_says_of_a_mail_is_what_becomes_of_it(
    relay: local.LocalRelay, where: str, said: str, means: type[Exception], failure: Failure
) -> None:
    """4xx later, 5xx never; and its words, which hold addresses, are repeated to nobody."""
    setattr(relay, where, f"{said} <{MAIL.to}>")
    with pytest.raises(means) as caught:
        await reached(relay).carry(MAIL, "key")
    assert classify(caught.value) is failure
    assert MAIL.to not in str(caught.value)
    assert relay.mails == []


@pytest.mark.parametrize("said", ["450 not now", "550 not you"])
async def test_what_the_relay_says_of_us_is_no_fault_of_the_mail(relay: local.LocalRelay, said: str) -> None:
    """A sender that is not liked is not liked for any mail: none becomes a dead letter for it."""
    relay.of_sender = said
    with pytest.raises(Unavailable):
        await reached(relay).carry(MAIL, "key")


async def test_where_nobody_listens_mail_waits() -> None:
    """As for every dependency that is away."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        wiring = ExternalWiring(f"smtp://127.0.0.1:{taken.getsockname()[1]}", "smtp", LONG, tls="none")
        with pytest.raises(Unavailable):
            await Relay("mail", wiring, SENDER).carry(MAIL, "key")


async def test_one_that_falls_silent_is_not_waited_for_longer_than_the_topology_says(
    relay: local.LocalRelay,
) -> None:
    """It may have taken the mail: the next try says the same id."""
    relay.go.clear()
    with pytest.raises(Unavailable):
        await reached(relay, timeout=1.0).carry(MAIL, "key")
    assert relay.mails == []


async def test_one_that_says_no_goodbye_has_taken_the_mail_all_the_same(relay: local.LocalRelay) -> None:
    """Else it would get a copy each time that it is asked, for ever."""
    relay.parting.clear()
    await reached(relay).carry(MAIL, "key")
    assert len(relay.mails) == 1


@pytest.mark.parametrize(
    "to", ["ann\r\nBcc: eve@example.org", "", "ann\x01@example.org", "ann@example.org\x00", "=0D:';=0D)[(\r"]
)
async def test_what_is_no_address_never_leaves(relay: local.LocalRelay, to: str) -> None:
    """And no address brings a header along."""
    with pytest.raises(Poison) as caught:
        await reached(relay).carry(replace(MAIL, to=to), "key")
    assert relay.tried == 0
    assert not to or to not in str(caught.value)


async def test_an_address_that_the_relay_cannot_spell_keeps_no_other_waiting(relay: local.LocalRelay) -> None:
    """Letters beyond ASCII need a relay of RFC 6531: that it is none is no reason to send nothing at all."""
    with pytest.raises(Poison, match="letters"):
        await reached(relay).carry(replace(MAIL, to="änn@example.org"), "key")


async def test_a_password_that_is_not_there_is_no_fault_of_the_mail(
    relay: local.LocalRelay, tmp_path: Path
) -> None:
    """It is the cluster's to mount it."""
    with pytest.raises(Unavailable):
        await reached(relay, auth=tmp_path / "none").carry(MAIL, "key")


async def test_a_relay_that_does_not_like_us_is_asked_seldom(relay: local.LocalRelay) -> None:
    """A wrong password once a second and pod is how one gets locked out."""
    relay.of_sender = "550 not you"
    way = reached(relay, breaker=wired.BreakerWiring(consecutive_failures=3))
    for _ in range(7):
        with pytest.raises(Unavailable):
            await way.carry(MAIL, "key")
    assert relay.tried == 3


@pytest.mark.parametrize("said", ["450 mailbox is busy", "550 no such mailbox"])
async def test_a_relay_that_says_no_to_some_mails_is_well(relay: local.LocalRelay, said: str) -> None:
    """Others go out."""
    way = reached(relay, breaker=wired.BreakerWiring(consecutive_failures=3))
    relay.of_recipient = said
    for _ in range(4):
        with pytest.raises((Poison, Deferred)):
            await way.carry(MAIL, "key")
    relay.of_recipient = "250 OK"
    await way.carry(MAIL, "key")
    assert len(relay.mails) == 1


async def test_a_subject_of_two_lines_is_one(relay: local.LocalRelay) -> None:
    """Titles are written by people."""
    await reached(relay).carry(replace(MAIL, subject="a\r\nBcc: eve@example.org"), "key")
    assert relay.mails[0]["Subject"] == "a Bcc: eve@example.org"
    assert relay.mails[0]["Bcc"] is None


async def test_starttls_and_a_password(tmp_path: Path) -> None:
    """By the name of the topology, wherever the relay lies."""
    context, authority = local.certificate(tmp_path)
    password = tmp_path / "password"
    password.write_text(local.PASSWORD)
    async with local.relaying(context, asks=True) as relay:
        wiring = ExternalWiring(
            relay.url, "smtp", LONG, address="127.0.0.1", tls="starttls", authority_file=str(authority),
            user=local.USER, auth_file=str(password),
        )  # fmt: skip
        await Relay("mail", wiring, SENDER).carry(MAIL, "key")
        assert len(relay.mails) == 1
        password.write_text("another")
        with pytest.raises(Unavailable, match="535"):
            await Relay("mail", wiring, SENDER).carry(MAIL, "key")
        assert len(relay.mails) == 1


@pytest.mark.parametrize("case", ["no TLS at all", "another's certificate", "an authority that nobody knows"])
async def test_without_tls_that_can_be_believed_nothing_leaves(tmp_path: Path, case: str) -> None:
    """A relay that only says it is one gets no mail and no password."""
    host = "eve.localhost" if case.startswith("another") else "mail.localhost"
    context, authority = local.certificate(tmp_path, host)
    async with local.relaying(None if case.startswith("no TLS") else context) as relay:
        believed = None if case.startswith("an authority") else str(authority)
        wiring = ExternalWiring(
            relay.url, "smtp", LONG, address="127.0.0.1", tls="starttls", authority_file=believed
        )
        with pytest.raises(Unavailable):
            await Relay("mail", wiring, SENDER).carry(MAIL, "key")
        assert relay.tried == 0


async def test_a_record_that_comes_again_sends_nothing(relay: local.LocalRelay) -> None:
    """What was sent is in the inbox."""
    sending = Sending("email", MemoryInbox(), lambda _: MAIL, reached(relay))
    record = received(StringValue(value="x"), "mail", uuid.uuid4())
    await sending.handle(StringValue(), record)
    await sending.handle(StringValue(), record)
    assert len(relay.mails) == 1


class Forgetful(MemoryInbox):
    """An inbox whose database is away when it is to remember."""

    away = True

    async def once(self, record: Received, effect: Effect, *, step: str = "") -> bool:
        """As the real one while nobody answers."""
        if self.away:
            raise Unavailable("the database does not answer")
        return await super().once(record, effect, step=step)


async def test_a_database_that_is_away_after_the_mail_left_is_no_reason_to_send_again(
    relay: local.LocalRelay,
) -> None:
    """The process knows; only with its death the knowledge goes."""
    inbox, record = Forgetful(), received(StringValue(value="x"), "mail", uuid.uuid4())
    sending = Sending("email", inbox, lambda _: MAIL, reached(relay))
    for _ in range(3):
        with pytest.raises(Unavailable):
            await sending.handle(StringValue(), record)
    inbox.away = False
    await sending.handle(StringValue(), record)
    assert len(relay.mails) == 1
    assert await inbox.done(record)


async def test_who_died_between_mail_and_inbox_sends_a_second_copy_that_says_so(
    relay: local.LocalRelay,
) -> None:
    """This is where exactly once ends: two mails, one Message-ID."""
    inbox, record = Forgetful(), received(StringValue(value="x"), "mail", uuid.uuid4())
    with pytest.raises(Unavailable):
        await Sending("email", inbox, lambda _: MAIL, reached(relay)).handle(StringValue(), record)
    inbox.away = False
    await Sending("email", inbox, lambda _: MAIL, reached(relay)).handle(StringValue(), record)
    assert [mail["Message-ID"] for mail in relay.mails] == [f"<{record.event_id}@app.example>"] * 2


async def test_a_record_that_was_written_twice_is_one_mail(relay: local.LocalRelay) -> None:
    """The outbox may do that, and where a group handles several at once both are in hand together."""
    sending = Sending("email", MemoryInbox(), lambda _: MAIL, reached(relay))
    record = received(StringValue(value="x"), "mail", uuid.uuid4())
    await asyncio.gather(*(sending.handle(StringValue(), record) for _ in range(2)))
    assert len(relay.mails) == 1


class Noting:
    """What takes all, and notes how long it might have taken."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.left = 0.0

    async def carry(self, message: Mail, key: str) -> None:
        """Take one."""
        self.keys.append(key)
        self.left = deadlines.remaining() or 0.0


async def test_what_went_to_another_pod_is_not_kept_in_mind_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inbox did not answer before the partition was gone. What is in hand is the newest, and is known."""
    monkeypatch.setattr(sent, "MOST", 2)
    carrier = Noting()
    sending = Sending("email", Forgetful(), lambda _: MAIL, carrier)
    records = [received(StringValue(value="x"), "mail", uuid.uuid4()) for _ in range(5)]
    for record in [*records, records[-1]]:
        with pytest.raises(Unavailable):
            await sending.handle(StringValue(), record)
    assert carrier.keys == [str(record.event_id) for record in records]
    assert list(sending._taken) == [record.event_id for record in records[-2:]]


class Late(MemoryInbox):
    """An inbox whose database takes longer than there is time."""

    async def once(self, record: Received, effect: Effect, *, step: str = "") -> bool:
        """As the real one."""
        raise DeadlineExceeded("a statement took too long")


async def test_an_inbox_that_is_late_makes_no_dead_letter_of_a_mail_that_was_sent() -> None:
    """It waits in its place, and not in a retry topic that another pod may read; and the relay leaves the inbox some of the time."""
    carrier = Noting()
    sending = Sending("email", Late(), lambda _: MAIL, carrier)
    record = received(StringValue(value="x"), "mail", uuid.uuid4())
    for _ in range(2):
        with deadlines.within(LONG), pytest.raises(Unavailable) as caught:
            await sending.handle(StringValue(), record)
        assert classify(caught.value) is Failure.DEPENDENCY
    assert len(carrier.keys) == 1
    assert 0 < carrier.left <= LONG - sent.SPARE - sent.REMEMBERING


async def test_a_mailbox_that_is_busy_gets_its_mail_by_the_retry_topic(
    relay: local.LocalRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And in the end, if it stays so, there is a dead letter that can be replayed."""
    broker, inbox = MemoryBroker(), MemoryInbox()
    relay.of_recipient = "450 busy"
    async with consuming(broker, reached(relay), inbox, monkeypatch):
        broker.publish("due", StringValue(value="a@example.org"), "k")
        await until(lambda: bool(broker.records("due.mail.retry")))
        relay.of_recipient = "250 OK"
        await until(lambda: len(relay.mails) == 1)
        relay.of_recipient = "450 busy"
        broker.publish("due", StringValue(value="b@example.org"), "k")
        await until(lambda: bool(broker.records("due.mail.dlt")))
    assert len(relay.mails) == 1


async def test_a_mailbox_that_is_not_there_is_a_dead_letter_at_once(
    relay: local.LocalRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter says why, and others get their mail."""
    broker = MemoryBroker()
    relay.of_recipient = "550 no such mailbox"
    async with consuming(broker, reached(relay), MemoryInbox(), monkeypatch):
        broker.publish("due", StringValue(value="a@example.org"), "k")
        await until(lambda: bool(broker.records("due.mail.dlt")))
        relay.of_recipient = "250 OK"
        broker.publish("due", StringValue(value="b@example.org"), "k")
        await until(lambda: len(relay.mails) == 1)
    assert broker.records("due.mail.retry") == []
    assert relay.mails[0]["To"] == "b@example.org"
    assert letters.ERROR_REASON in dict(broker.records("due.mail.dlt")[0].headers)


async def test_while_the_relay_is_away_mail_waits_in_its_place_and_is_sent_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No dead letter, no retry topic, no offset; and when it is back, each once."""
    broker, inbox = MemoryBroker(), MemoryInbox()
    async with local.relaying() as relay:
        relay.of_sender = "421 going away"
        async with consuming(broker, reached(relay), inbox, monkeypatch) as source:
            for who in "abc":
                broker.publish("due", StringValue(value=f"{who}@example.org"), who)
            await until(lambda: relay.tried > 5)
            assert source.stored == {}
            relay.of_sender = "250 OK"
            await until(lambda: len(relay.mails) == 3)
            await until(lambda: len(inbox.seen) == 3)
    assert broker.records("due.mail.dlt") == broker.records("due.mail.retry") == []
    assert sorted(mail["To"] for mail in relay.mails) == [f"{who}@example.org" for who in "abc"]
