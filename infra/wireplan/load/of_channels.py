"""What channels refer to: topics of their own, and systems that carry what they are given (spec row M3)."""

import re
from collections.abc import Iterator

from wireplan.findings import Related
from wireplan.load import codes
from wireplan.load.names import Found, Names, Path
from wireplan.model.channels import Channel
from wireplan.model.services import Service
from wireplan.model.splitting import LONGEST, part_name

HTTP = ("http3", "http2", "http1")
ADDRESS = re.compile(r"[!#-'*+/-9=?A-Z^-~.-]+@[A-Za-z0-9][A-Za-z0-9.-]*")
"""Who mails are from: what a relay takes in MAIL FROM without asking for more than ASCII (RFC 5321, 4.1.2)."""


def channels(names: Names, name: str, service: Service) -> Iterator[Found]:
    """Topics and systems exist, each channel has its own topic, and what it is split off as has a name that is free."""
    first: dict[str, Path] = {}
    for way, channel in service.channels.items():
        here: Path = ("services", name, "channels", way)
        yield from names.known("topic", channel.topic, names.system.topics, (*here, "topic"))
        yield from names.known("external", channel.through, names.system.externals, (*here, "through"))
        yield from carried(names, way, channel, here)
        yield from sent_from(names, way, channel, here)
        if channel.topic in first:
            yield codes.COMBINATION.at(
                names.place((*here, "topic")), f"{channel.topic} is the topic of two channels of {name}: each message would go both ways",
                related=(Related(names.place(first[channel.topic]), "the first"),), fix="Give each channel a topic of its own.",
            )  # fmt: skip
        first.setdefault(channel.topic, (*here, "topic"))
        if service.split:
            yield from free(names, part_name(name, way), (*here[:2], "split"))


def carried(names: Names, way: str, channel: Channel, here: Path) -> Iterator[Found]:
    """E-mail goes by SMTP, the others by HTTP."""
    external = names.system.externals.get(channel.through)
    if external is None or "externals" in names.unsure:
        return
    wanted = ("smtp",) if way == "email" else HTTP
    if external.protocol not in wanted:
        yield codes.WRONG_KIND.at(
            names.place((*here, "through")), f"{way} cannot go through {channel.through}, which speaks {external.protocol}",
            why="E-mail is handed in by SMTP, push messages and SMS by HTTP.", fix=f"Write externals.{channel.through}.protocol: {wanted[-1]}, or name another.",
        )  # fmt: skip


def sent_from(names: Names, way: str, channel: Channel, here: Path) -> Iterator[Found]:
    """E-mail is from an address; a name in its place makes each mail one that cannot be sent."""
    if way == "email" and channel.sender is not None and not ADDRESS.fullmatch(channel.sender):
        yield codes.COMBINATION.at(
            names.place((*here, "sender")), f"e-mail is from an address, and {channel.sender} is none",
            fix="Write one like no-reply@shop.example, or leave sender out.",
        )  # fmt: skip


def free(names: Names, part: str, path: Path) -> Iterator[Found]:
    """The name of a service that is split off is short enough, and nobody else's."""
    if part in names.system.services:
        at = names.place(("services", part))
        yield codes.NAME_TAKEN.at(at, f"{part} is the service that a channel of {path[1]} is split off as")
    elif len(part) > LONGEST:
        said = f"{part} is too long for a service that is split off: {len(part)} characters, and there may be {LONGEST}"
        yield codes.COMBINATION.at(names.place(path), said, fix=f"Give {path[1]} a shorter name.")
