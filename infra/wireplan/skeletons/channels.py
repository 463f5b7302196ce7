"""Channels to views: the code of all of them is that of their whole, split off or not (spec row M3)."""

from collections.abc import Iterator

from wireplan.skeletons import names, protos
from wireplan.skeletons.views import ChannelView, DeliveryView
from wireplan.topology.types import Consumption, Service, Topology

FORMS = {"email": "Mail", "push": "Push", "sms": "Sms"}
"""Classes of the platform, by way."""

SMTP = "aiosmtplib>=5.1.3,<6"
HTTP = "niquests[http3]>=3.21,<4"
"""What carries messages; the second is what speaks to any system that is not ours."""


def delivery(topology: Topology, service: Service) -> DeliveryView:
    """The channels of a service, in the order of the file: those it sends by, and those that are split off from it."""
    parts = (each for each in topology.services.values() if each.part_of == service.name)
    ways = tuple(
        view(topology, way, channel.topic)
        for sender in (service, *parts)
        for way, channel in sender.channels.items()
        if topology.topics[channel.topic].message
    )
    forms = [(f"{names.module(topology.system)}_platform.channels.messages", each.form) for each in ways]
    contracts = [(each.package, each.module) for each in ways]
    return DeliveryView(ways, names.imports(contracts, indent=4), names.imports([*contracts, *forms]))


def view(topology: Topology, way: str, topic: str) -> ChannelView:
    """One channel."""
    message = protos.message(topology, topology.topics[topic].message or "")
    return ChannelView(way, topic, FORMS[way], message.text, message.package, message.module)


def handled(service: Service, sent: DeliveryView) -> Iterator[Consumption]:
    """Groups for whose records a person writes a handler: not those of what is only sent."""
    topics = {each.topic for each in sent.ways}
    yield from (
        each for topic, each in sorted(service.consumes.items()) if each.message and topic not in topics
    )


def dependencies(sent: DeliveryView) -> Iterator[str]:
    """What channels need beside the platform."""
    ways = {each.way for each in sent.ways}
    yield from [SMTP] if "email" in ways else []
    yield from [HTTP] if ways - {"email"} else []
