"""Work across services with compensations (spec rows F3.4, F3.7)."""

from typing import Annotated, Literal, cast

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from wireplan.model.base import Form, Name, Part, ServiceName, Short, TopicName
from wireplan.model.units import Duration

Target = Annotated[str, Field(pattern=r"^[a-z][-a-z0-9]*\.[A-Za-z_]\w*$")]
Undo = Annotated[
    str, Field(pattern=r"^([a-z][-a-z0-9]*\.[A-Za-z_]\w*|topic [a-zA-Z0-9][a-zA-Z0-9._-]{0,179})$")
]
TO_TOPIC = "topic "
"""Begins an undo that is sent to a topic."""


class Step(Part):
    """One step of a saga: a call or a send, and its undo.

    A step of an undo alone is what the owner has done in the transaction that began the saga.
    """

    name: Name
    """What the step is called."""
    call: Target | None = None
    """The method to call: `service.Method`."""
    send: TopicName | None = None
    """The topic to send to."""
    awaits: Annotated[TopicName | None, Field(alias="await")] = None
    """The topic whose record ends the step."""
    undo: Undo | None = None
    """What compensates the step: a method `service.Method`, or a record sent to `topic NAME`."""
    changes: bool | None = None
    """Whether what is sent changes anything; a question needs no undo. Of a call its contract says it."""
    timeout: Duration | None = None
    """How long the step may take."""
    attempts: Annotated[int, Field(ge=1, le=100)] | None = None
    """Attempts in all before the saga turns back."""
    pivot: bool = False
    """The step after which the saga only goes forward."""
    retry: Literal["limited", "until-done"] | None = None
    """`until-done`: steps after the pivot are repeated until they succeed."""

    @model_validator(mode="after")
    def _acts(self) -> "Step":
        if self.call is not None and self.send is not None:
            raise PydanticCustomError("step", "a step has one of call and send", {})
        if self.call is None and self.send is None and (self.undo is None or self.awaits is not None):
            raise PydanticCustomError(
                "step", "a step has one of call and send, or an undo alone for what began the saga", {}
            )
        if self.changes is False and self.send is None:
            raise PydanticCustomError("step", "changes is of a send: of a call its contract says it", {})
        return self

    @property
    def undo_call(self) -> str | None:
        """The method that undoes it."""
        return self.undo if self.undo and not self.undo.startswith(TO_TOPIC) else None

    @property
    def undo_send(self) -> str | None:
        """The topic of the record that undoes it."""
        return self.undo.removeprefix(TO_TOPIC) if self.undo and self.undo.startswith(TO_TOPIC) else None


def steps_form(value: object) -> object:
    """`{reserve-quota: {call: ...}}` becomes `{name: reserve-quota, call: ...}`."""
    if not isinstance(value, list):
        return value
    return [_named(step) for step in cast("list[object]", value)]


def _named(step: object) -> object:
    if isinstance(step, dict):
        table = cast("dict[str, object]", step)
        if len(table) == 1 and isinstance(next(iter(table.values())), dict):
            name, rest = next(iter(table.items()))
            return {"name": name, **cast("dict[str, object]", rest)}
    return cast("object", step)


STEPS: Form = {"type": "array", "items": {"type": "object", "minProperties": 1, "maxProperties": 1}}
"""Steps as one-key maps: their name, and the rest."""


class Saga(Part):
    """Orchestrated work across services."""

    owner: ServiceName
    """The service that orchestrates it, in its own database."""
    timeout: Duration | None = None
    """How long the whole may take before it turns back."""
    steps: Annotated[list[Step], Field(min_length=1), Short(steps_form, STEPS)]
    """Its steps, in order."""

    @model_validator(mode="after")
    def _named(self) -> "Saga":
        names = [step.name for step in self.steps]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise PydanticCustomError("names", "{name} is the name of two steps", {"name": twice})
        return self
