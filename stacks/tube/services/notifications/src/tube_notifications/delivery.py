"""The ways by which notifications tells people something. Generated from the topology.

A process sends by those that its wiring names: all of them or, where they are split off, each by a service of its own.
"""

from tube_platform.app import App


def wire(app: App) -> None:
    """Join the ways to what a person writes."""
    from tube.events.v1 import events_pb2
    from tube_notifications import messages

    app.send_by("email", events_pb2.NotificationDue, messages.email)
    app.send_by("push", events_pb2.NotificationDue, messages.push)
    app.send_by("sms", events_pb2.NotificationDue, messages.sms)
