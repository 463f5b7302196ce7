"""Drills: what is broken on purpose, and what must hold meanwhile."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from wireplan.model.base import LISTED, Part
from wireplan.model.units import Duration

PartName = Annotated[str, StringConstraints(pattern=r"^(kafka|object_store|[a-z_]+\.\S+)$")]
"""A part by its full name: `services.upload`, `databases.main`, `kafka`."""
Guarantee = Annotated[
    str, StringConstraints(pattern=r"^((topics|databases|sagas)\.\S+|services\.[^.\s]+\.calls\.\S+)$")
]
"""What is promised of a part, by its name: `topics.video.uploaded`, `databases.main`, `sagas.publish-video`, `services.gateway.calls.statistics`."""


class Break(Part):
    """One thing that a drill breaks."""

    part: PartName
    """What is broken: `services.upload`, `databases.main`, `kafka`."""
    how: Literal["kill", "freeze"]
    """`kill`: its process ends at once, and whoever runs it starts another; `freeze`: it gets no time, and answers nothing."""
    which: Literal["one", "leader", "all"] | None = None
    """Which of its copies: any one, the one that leads (a broker, the primary of a database), or all."""
    lasts: Duration | None = None
    """The longest time that it stays frozen; what is killed is away until another has taken its place."""

    @model_validator(mode="after")
    def _fits(self) -> "Break":
        if (self.how == "freeze") is (self.lasts is None):
            raise PydanticCustomError(
                "combination",
                "what is frozen needs lasts: how long it stays so"
                if self.how == "freeze"
                else "what is killed is away until another has taken its place: leave out lasts",
                {},
            )
        if self.which == "leader" and not self.part.startswith(("kafka", "databases.")):
            raise PydanticCustomError("combination", "only kafka and databases have a copy that leads", {})
        return self


class Quiet(Part):
    """When a system has come to rest, so that what is not there yet is lost."""

    stable: Duration
    """How long nothing may be on its way, and nothing change."""
    within: Duration
    """How long that may take; after it the drill has shown nothing."""


class Control(Part):
    """The weakening with which the drill has to fail: a check that was never seen to fail proves nothing."""

    change: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.\S+\.[a-z_]+$")]
    """The value that is another one, for example `services.processing.consumes.video.uploaded.commit`."""
    to: Annotated[str, StringConstraints(min_length=1)]
    """The value it has then, for example `before-effect`."""


class Drill(Part):
    """What is broken on purpose while the system works, and what must hold all the same."""

    breaks: Annotated[list[Break], Field(min_length=1)]
    """What is broken, one after the other."""
    holds: Annotated[list[Guarantee], Field(min_length=1), LISTED]
    """What must hold: no record of a topic, no write of a database is lost, a saga ends once, a call without its callee has its fallback."""
    quiet: Quiet | None = None
    """When the verdict is taken."""
    control: Control | None = None
    """What makes it fail."""
