"""E-mail, push messages and SMS by services of their own: each arrives once, and none waits for another (row M3)."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from wireplan.topology import names

from tests.cluster.tube.inside import Place, answer, reached
from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube
from tests.cluster.tube.kube import names as named
from tests.cluster.tube.postgres import Postgres
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import User

pytestmark = pytest.mark.usefixtures("restore")  # begun here, so that nobody waits for it
WAYS = {"email": "mail", "push": "push", "sms": "sms"}
"""Ways, and the systems that they go through."""

READ = 8025
"""Where a sink tells what it took."""


@dataclass(frozen=True)
class Sinks:
    """What stands in for relay and gateways, and what it took."""

    outside: Kube

    def taken(self, way: str, to: str) -> list[dict[str, Any]]:
        """The messages to somebody; one that came twice is told by its copies."""
        name = f"external-{WAYS[way]}"
        pod = named(self.outside.ready_pods(name))[0]
        found: list[dict[str, Any]] = json.loads(answer(self.outside, pod, READ, "/messages")[1])
        return [each for each in found if each["to"] == to]

    def arrives(self, way: str, to: str, within: float = 90) -> dict[str, Any]:
        """Wait for the one message to somebody."""
        (found,) = eventually(lambda: self.taken(way, to), f"{way} to {to} arrives", within)
        return found


@pytest.fixture
def sinks(kube: Kube) -> Sinks:
    """All of them."""
    return Sinks(replace(kube, namespace=names.OUTSIDE))


@pytest.fixture
def contacts(user: User) -> Iterator[dict[str, str]]:
    """Ways to tell somebody, that nobody was told by before."""
    number = uuid.uuid4().int
    wanted = {
        "email": f"{uuid.uuid4()}@example.org",
        "push": f"device-{uuid.uuid4()}",
        "sms": f"+49{number % 10**10:010d}",
    }
    user.ask("PUT", "/v1/contacts", json=wanted).expect(204)
    assert user.ask("GET", "/v1/contacts").expect(200).json == wanted
    yield wanted
    user.ask("PUT", "/v1/contacts", json={}).expect(204)


@contextmanager
def away(kube: Kube, deployment: str) -> Iterator[None]:
    """No pod of a Deployment; afterwards there is one again."""
    then = {"spec": {"replicas": 1}}
    with kube.changed("deployment", deployment, {"spec": {"replicas": 0}}, then):
        selector = f"app.kubernetes.io/name={deployment}"
        eventually(lambda: not kube.get("pods", selector=selector), f"{deployment} is away", 90)
        yield
    kube.rolled_out(f"deployment/{deployment}")


def still_once(sinks: Sinks, kafka: Kafka, contacts: dict[str, str]) -> None:
    """When all is handled there is one message a way, and no copy of one."""

    def handled() -> bool:
        places = [each for way in contacts for each in kafka.offsets(f"notifications-{way}").values()]
        assert all(each["committed"] >= each["end"] for each in places), places
        return True

    eventually(handled, "all groups have handled all", 60)
    for way, to in contacts.items():
        assert [each["copies"] for each in sinks.taken(way, to)] == [1], way


@pytest.mark.row("M3")
def test_an_author_is_told_once_by_each_way(
    user: User, sinks: Sinks, kafka: Kafka, contacts: dict[str, str]
) -> None:
    title = f"film {uuid.uuid4()}"
    video = user.upload(title)
    user.until(video, "ready")
    mail = sinks.arrives("email", contacts["email"])
    assert title in mail["subject"]
    assert mail["message_id"].endswith("@tube.localhost>")
    assert sinks.arrives("push", contacts["push"])["text"] == title
    assert title in sinks.arrives("sms", contacts["sms"])["text"]
    still_once(sinks, kafka, contacts)


@pytest.mark.row("M3")
def test_who_asked_for_nothing_gets_nothing(stranger: User, sinks: Sinks, kafka: Kafka) -> None:
    """Only the list knows."""
    assert stranger.ask("GET", "/v1/contacts").expect(200).json == {"email": "", "push": "", "sms": ""}
    before = {way: kafka.ends(f"notification.{way}") for way in WAYS}
    video = stranger.upload("for myself")
    stranger.until(video, "ready")

    def listed() -> bool:
        found = stranger.ask("GET", "/v1/notifications").expect(200).json["notifications"]
        return any(each["video_id"] == video for each in found)

    eventually(listed, "it is in the list", 60)
    assert {way: kafka.ends(f"notification.{way}") for way in WAYS} == before


@pytest.mark.row("M3")
def test_without_the_sender_of_mail_push_and_sms_arrive_and_mail_does_later(
    user: User, kube: Kube, sinks: Sinks, kafka: Kafka, contacts: dict[str, str]
) -> None:
    with away(kube, "notifications-email"):
        video = user.upload("mail comes later")
        user.until(video, "ready")
        sinks.arrives("push", contacts["push"])
        sinks.arrives("sms", contacts["sms"])
        assert sinks.taken("email", contacts["email"]) == []
    sinks.arrives("email", contacts["email"], within=120)
    still_once(sinks, kafka, contacts)


@pytest.mark.row("M3")
def test_without_the_relay_mail_waits_and_no_letter_is_dead(
    user: User, sinks: Sinks, kafka: Kafka, contacts: dict[str, str]
) -> None:
    """What is away has not refused anything."""
    dead = "notification.email.notifications-email.dlt"
    before = kafka.ends(dead)
    with away(sinks.outside, "external-mail"):
        video = user.upload("the relay is away")
        user.until(video, "ready")
        sinks.arrives("push", contacts["push"])
    sinks.arrives("email", contacts["email"], within=120)
    assert kafka.ends(dead) == before
    still_once(sinks, kafka, contacts)


@pytest.mark.row("M3")
def test_a_sender_that_is_killed_sends_nothing_again(
    user: User, kube: Kube, sinks: Sinks, kafka: Kafka, contacts: dict[str, str]
) -> None:
    """What was sent is in its database, and where it has read to is in Kafka."""
    video = user.upload("once for all")
    user.until(video, "ready")
    sinks.arrives("email", contacts["email"])
    gone = kube.kill(named(kube.ready_pods("notifications-email"))[0])
    kube.back("notifications-email", gone, 1)
    still_once(sinks, kafka, contacts)


@pytest.mark.row("M3")
@pytest.mark.row("M2")
def test_each_way_has_a_group_and_a_database_of_its_own(kube: Kube, postgres: Postgres) -> None:
    groups: set[str] = set()
    for way in WAYS:
        text = kube.get("configmap", f"notifications-{way}-wiring")["data"]["wiring.json"]
        wiring = json.loads(text)
        (own,) = wiring["consumes"].values()
        groups.add(own["group"])
        assert list(wiring["channels"]) == [way]
        assert wiring["database"]["name"] == f"notifications_{way}"
        tables = postgres.rows(
            f"notifications_{way}", "select tablename from pg_tables where schemaname = 'public'"
        )
        assert {"inbox"} <= {row[0] for row in tables}
        assert {"contacts", "notifications"}.isdisjoint(row[0] for row in tables), "those are of the whole"
    assert len(groups) == 3
    whole = json.loads(kube.get("configmap", "notifications-wiring")["data"]["wiring.json"])
    assert list(whole["consumes"]) == ["video.processed"]


@pytest.mark.row("M3")
def test_each_way_is_let_out_to_its_own_system_and_no_other(kube: Kube, sinks: Sinks) -> None:
    doors: dict[str, Place] = {}
    for way, system in WAYS.items():
        port = sinks.outside.get("service", f"external-{system}")["spec"]["ports"][0]["port"]
        (address,) = sinks.outside.endpoints(f"external-{system}")
        doors[way] = (address, int(port))
    senders = ("notifications", *(f"notifications-{way}" for way in WAYS))
    pods = {sender: named(kube.ready_pods(sender))[0] for sender in senders}
    own = {(pods[f"notifications-{way}"], door) for way, door in doors.items()}
    assert reached(kube, [*pods.values()], [*doors.values()]) == own
