"""Ways by which a service tells people something: e-mail, push messages, SMS (spec row M3)."""

from typing import Annotated, Literal

from pydantic import Field

from wireplan.model.base import Name, Part, TopicName

Way = Literal["email", "push", "sms"]

Sender = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f<>]{1,200}$")]


class Channel(Part):
    """One way: what is to be sent stands in a topic, and goes through a system that is not ours."""

    topic: TopicName
    """The topic of what is to be sent, a record a message; the service publishes to it, and who sends reads it."""
    through: Name
    """One of `externals`: of protocol smtp for e-mail, of HTTP for push messages and SMS."""
    sender: Sender | None = None
    """Who messages are from: an address for e-mail, a name or number else; `no-reply` at the host of the first load balancer by default, or the system's name."""


def lack(ways: bool, split: bool | None, database: bool) -> str:
    """What a service has not that its channels need; nothing where nothing is missing."""
    if split is not None and not ways:
        return "split is for a service with channels: each becomes a service of its own"
    return "channels need a database, which remembers what was sent" if ways and not database else ""
