"""What notifications tells people, by each way. A person's code."""

from tube.events.v1.events_pb2 import NotificationDue
from tube_platform.channels.messages import Mail, Push, Sms
from tube_platform.kafka.failures import Poison

READY, FAILED, PUBLISHED = (
    NotificationDue.KIND_VIDEO_READY,
    NotificationDue.KIND_VIDEO_FAILED,
    NotificationDue.KIND_VIDEO_PUBLISHED,
)
TITLES = {
    READY: "Your film is ready",
    FAILED: "Your film could not be processed",
    PUBLISHED: "A new film of somebody you follow",
}


def email(event: NotificationDue) -> Mail:
    """The title and all that is known."""
    title, line = _title(event), _line(event)
    return Mail(
        event.to, f"{title}: {_film(event)}", f"{line}\n\nYou get this because you asked for e-mail.\n"
    )


def push(event: NotificationDue) -> Push:
    """Two lines on a screen."""
    return Push(event.to, _title(event), _line(event))


def sms(event: NotificationDue) -> Sms:
    """One line."""
    return Sms(event.to, f"{_title(event)}: {_film(event)}"[:160])


def _title(event: NotificationDue) -> str:
    if not event.to:
        raise Poison("the event says nobody to tell")
    if event.kind not in TITLES:
        raise Poison("the event says nothing to tell")
    return TITLES[event.kind]


def _line(event: NotificationDue) -> str:
    reason = f": {event.reason}" if event.reason else ""
    return f"{_film(event)}{reason}"


def _film(event: NotificationDue) -> str:
    return " ".join(event.title.split()) or "a film without a title"
