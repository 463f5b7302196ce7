"""What a topology says and the templates do not yet render: said plainly, so that nobody takes a skeleton for the whole.

Each entry goes when its row is rendered; a field that nothing reads would otherwise look as if it worked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wireplan.findings import Place
from wireplan.topology.fallbacks import ANSWERS, never
from wireplan.topology.types import Membership, OriginKind, Topology

SENDS = {"smtp": "e-mail", "push": "push messages", "sms": "SMS"}
"""What an external system of a kind sends to people."""


@dataclass(frozen=True, slots=True)
class Unrendered:
    """One part of the model without code: where it is written, what it is, what the services do instead."""

    at: Place
    what: str
    instead: str


def unrendered(topology: Topology) -> list[Unrendered]:
    """Everything that the topology says and scaffold leaves to a person, in the order of the file."""
    found = (each for part in _PARTS for each in part(topology))
    return sorted(found, key=lambda each: (each.at, each.what))


def _sagas(topology: Topology) -> Iterator[Unrendered]:
    for name, saga in topology.sagas.items():
        owner = topology.services[saga.owner]
        if owner.database is None:
            yield Unrendered(
                topology.place("sagas", name, "owner"),
                f"saga {name} (rows F3.4, F3.7)",
                f"{saga.owner} has no database to remember it in, so nobody orchestrates it",
            )
            continue
        for index, step in enumerate(saga.steps):
            for key, topic in (("send", step.send), ("undo", step.undo_send)):
                publication = owner.publishes.get(topic or "")
                if topic and not (publication and publication.outbox and publication.message):
                    yield Unrendered(
                        topology.place("sagas", name, "steps", index, key),
                        f"the record of step {step.name} of saga {name} to {topic} (row F3.4)",
                        "each attempt fails: it needs an outbox and a message",
                    )
            consumption = owner.consumes.get(step.awaits or "")
            if step.awaits and not (consumption and consumption.message):
                yield Unrendered(
                    topology.place("sagas", name, "steps", index, "await"),
                    f"the record of {step.awaits} that ends step {step.name} of saga {name} (row F3.4)",
                    "the step ends by its timeout only: what is consumed needs a message",
                )


def _rate_limits(topology: Topology) -> Iterator[Unrendered]:
    for name, service in topology.services.items():
        if service.rate_limit and service.ports.http is None:
            limit = service.rate_limit
            yield Unrendered(
                topology.place("services", name, "rate_limit"),
                f"rate limit of {name}, {limit.rate:g} a second per {limit.per} (row F1.2)",
                "requests by HTTP are counted, and it has none; its calls by gRPC are not",
            )


def _fallbacks(topology: Topology) -> Iterator[Unrendered]:
    for name, service in topology.services.items():
        for call in service.calls.values():
            why = never(topology, call)
            if call.fallback and why:
                yield Unrendered(
                    topology.place("services", name, "calls", call.callee, "fallback"),
                    f"{ANSWERS[call.fallback.kind]} answers in place of {call.callee}'s in {name} (row F1.6)",
                    f"{why}, and an answer in place of a write would say that it was done",
                )


def _externals(topology: Topology) -> Iterator[Unrendered]:
    for name, service in topology.services.items():
        logins = {each.provider for each in service.oauth}
        for external in sorted({*service.asked} - logins):
            sends = SENDS.get(topology.externals[external].kind)
            yield Unrendered(
                topology.place("services", name, "externals"),
                f"client of {external} in {name} (row P10)",
                f"what you write in the service calls it; channels would send {sends} (row M3)"
                if sends
                else "what you write in the service calls it",
            )


def _unspooled(topology: Topology) -> Iterator[Unrendered]:
    for name, service in topology.services.items():
        straight = sorted(topic for topic, each in service.publishes.items() if not each.outbox)
        if straight:
            yield Unrendered(
                topology.place("services", name, "publishes", straight[0]),
                f"a store for what {name} publishes to {', '.join(straight)} without an outbox (rows F2.4, F2.6)",
                "it goes straight to the brokers; what they do not take is an error to whoever publishes it, and is kept nowhere",
            )


def _unacknowledged(topology: Topology) -> Iterator[Unrendered]:
    for name, service in topology.services.items():
        for topic, each in service.publishes.items():
            if each.acks != "all":
                yield Unrendered(
                    topology.place("services", name, "publishes", topic, "acks"),
                    f"acks: {each.acks} of {name} on {topic}",
                    "its producer waits for all replicas in sync",
                )


def _shared(topology: Topology) -> Iterator[Unrendered]:
    for name, service in topology.services.items():
        for topic, consumption in service.consumes.items():
            if consumption.membership is Membership.SHARE:
                yield Unrendered(
                    topology.place("services", name, "consumes", topic, "membership"),
                    f"share group of {name} on {topic} (KIP-932)",
                    "its consumer will not start: the client's share consumer is a preview",
                )


def _untyped(topology: Topology) -> Iterator[Unrendered]:
    for name, service in topology.services.items():
        for topic, consumption in service.consumes.items():
            if not consumption.message:
                yield Unrendered(
                    topology.place("services", name, "consumes", topic),
                    f"records of {topic} in {name}",
                    "the topic names no message, so there is no handler to give them to",
                )
        for callee, call in service.calls.items():
            if call.contract not in topology.contracts:
                yield Unrendered(
                    topology.place("services", name, "calls", callee),
                    f"the call of {name} to {callee}",
                    "it goes by HTTP, and what you write in the service makes it"
                    if call.protocol == "http"
                    else f"{callee} serves no contract of protos/, so there is no client to call it with",
                )


def _caches(topology: Topology) -> Iterator[Unrendered]:
    for name, service in topology.services.items():
        if service.caches and topology.origin("services", name, "caches").kind is OriginKind.WRITTEN:
            yield Unrendered(
                topology.place("services", name, "caches"),
                f"client of {', '.join(service.caches)} in {name}",
                "what you write in the service connects to it",
            )


_PARTS: tuple[Callable[[Topology], Iterator[Unrendered]], ...] = (
    _sagas,
    _rate_limits,
    _fallbacks,
    _externals,
    _caches,
    _unspooled,
    _unacknowledged,
    _shared,
    _untyped,
)
