"""CPU, memory, disks and numbers of pods."""

import re
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from wireplan.model.base import WHOLE, Part, Short
from wireplan.model.units import Cpu, Size, brief

RANGE = re.compile(r"(\d{1,4})\.\.(\d{1,4})")


class Resources(Part):
    """CPU and memory of one container."""

    cpu: Cpu | None = None
    """CPU requested."""
    memory: Size | None = None
    """Memory requested."""
    cpu_limit: Cpu | None = None
    """CPU limit; none by default, since a throttled pod misses its deadlines."""
    memory_limit: Size | None = None
    """Memory limit; as much as is requested by default."""

    @model_validator(mode="after")
    def _fits(self) -> "Resources":
        for name, least, most in (
            ("cpu", self.cpu, self.cpu_limit),
            ("memory", self.memory, self.memory_limit),
        ):
            if least is not None and most is not None and most < least:
                raise PydanticCustomError(
                    "combination",
                    "{name}_limit {most} is below the {name} requested, {least}",
                    {"name": name, "most": str(most), "least": str(least)},
                )
        return self


class Volume(Part):
    """The disk of one member."""

    size: Size | None = None
    """Its size; it can grow, not shrink."""
    storage_class: str | None = None
    """Kubernetes storage class; the environment's by default."""


class Replicas(Part):
    """Pods of a service: `3`, or `2..4` with an autoscaler between the two."""

    min: Annotated[int, Field(ge=1, le=1000)]
    """The fewest pods."""
    max: Annotated[int, Field(ge=1, le=1000)]
    """The most pods."""
    cpu_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """CPU use, in percent of what is requested, that the autoscaler aims at."""
    lag_records: Annotated[int, Field(ge=1)] | None = None
    """Consumer lag a pod that the autoscaler aims at; needs an adapter for external metrics in the cluster."""

    @model_validator(mode="after")
    def _ordered(self) -> "Replicas":
        if self.min > self.max:
            raise PydanticCustomError(
                "range",
                "the fewest ({min}) are more than the most ({max})",
                {"min": self.min, "max": self.max},
            )
        return self


def replicas_form(value: object) -> object:
    """`3` becomes `{min: 3, max: 3}`, `2..4` becomes `{min: 2, max: 4}`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {"min": value, "max": value}
    if isinstance(value, str):
        found = RANGE.fullmatch(value)
        if not found:
            raise PydanticCustomError(
                "replicas", "{value} is not a number of pods: write 3 or 2..4", {"value": brief(value)}
            )
        return {"min": int(found[1]), "max": int(found[2])}
    return value


REPLICAS = Short(replicas_form, WHOLE, {"type": "string", "pattern": RANGE.pattern})
"""In an annotation: `3` and `2..4` are short for Replicas."""
