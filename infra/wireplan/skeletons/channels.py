"""Channels to views: the code of all of them is that of their whole, split off or not (spec row M3)."""

from collections.abc import Iterator

from wireplan.skeletons import names, protos
from wireplan.skeletons.views import ChannelView
from wireplan.topology.types import Service, Topology

FORMS = {"email": "Mail", "push": "Push", "sms": "Sms"}
"""Classes of the platform, by way."""

SMTP = "aiosmtplib>=5.1.3,<6"
HTTP = "niquests[http3]>=3.21,<4"
"""What carries messages; the second is what speaks to any system that is not ours."""


def channels(topology: Topology, service: Service) -> tuple[ChannelView, ...]:
    """The channels of a service, in the order of the file: those it sends by, and those that are split off from it."""
    parts = (each for each in topology.services.values() if each.part_of == service.name)
    return tuple(
        view(topology, way, channel.topic)
        for sender in (service, *parts)
        for way, channel in sender.channels.items()
        if topology.topics[channel.topic].message
    )


def view(topology: Topology, way: str, topic: str) -> ChannelView:
    """One channel."""
    message = protos.message(topology, topology.topics[topic].message or "")
    return ChannelView(way, topic, FORMS[way], message.text, message.package, message.module)


def delivery_imports(found: tuple[ChannelView, ...]) -> Iterator[tuple[str, str]]:
    """What delivery.py imports of the contracts."""
    yield from ((each.package, each.module) for each in found)


def message_imports(platform: str, found: tuple[ChannelView, ...]) -> tuple[str, ...]:
    """What messages.py begins with."""
    forms = ((f"{platform}.channels.messages", each.form) for each in found)
    return names.imports([*delivery_imports(found), *forms])


def dependencies(found: tuple[ChannelView, ...]) -> Iterator[str]:
    """What channels need beside the platform."""
    ways = {each.way for each in found}
    yield from [SMTP] if "email" in ways else []
    yield from [HTTP] if ways - {"email"} else []
