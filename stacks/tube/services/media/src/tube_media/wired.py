"""What the topology says media has. Generated from the topology."""

from dataclasses import dataclass

from tube_platform.app import App
from tube_platform.objects import Bucket


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers may use."""

    renditions: Bucket


def wire(app: App) -> None:
    """Join parts and handlers."""
    from tube_media.application import application

    parts = Parts(
        renditions=app.bucket("renditions"),
    )
    app.serve_http(application(parts))
