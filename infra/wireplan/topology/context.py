"""What every resolving function is given: the system, its contracts, and the environment it is resolved for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from wireplan.model.resources import Resources as WrittenResources
from wireplan.model.resources import Volume as WrittenVolume
from wireplan.model.system import System
from wireplan.topology.contracts import Schema
from wireplan.topology.default import Default
from wireplan.topology.types import Environment, Resources, Volume

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """One system in one environment."""

    system: System
    schema: Schema
    environment: Environment
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Services that are split off, and from which."""

    @property
    def profile(self) -> str:
        """`dev` or `prod`."""
        return self.environment.profile

    @property
    def namespace(self) -> str:
        """The Kubernetes namespace."""
        return self.environment.namespace


def pick(profile: str, default: Default[T], *written: T | None) -> T:
    """The first value that was written, else the default."""
    for value in written:
        if value is not None:
            return value
    return default.of(profile)


def seconds(profile: str, default: Default[float], *written: float | None) -> float:
    """As `pick`, as a plain float: a Duration stays in the room where it was read."""
    return float(pick(profile, default, *written))


def share(*written: float | None) -> float | None:
    """The first share of time that was written, as a plain float; there is no honest default of one."""
    found = next((value for value in written if value is not None), None)
    return None if found is None else float(found)


def resources(
    profile: str, cpu: Default[int], memory: Default[int] | int, *written: WrittenResources
) -> Resources:
    """Requests and limits; memory is limited to what is requested, CPU not at all.

    A limit of the defaults that is below a request of its own would be refused by Kubernetes; it gives way.
    """
    fallback = memory if isinstance(memory, int) else memory.of(profile)
    asked = next((int(w.memory) for w in written if w.memory is not None), fallback)
    least = int(pick(profile, cpu, *(w.cpu for w in written)))
    most = next((int(w.cpu_limit) for w in written if w.cpu_limit is not None), None)
    return Resources(
        cpu_request=least,
        memory_request=asked,
        memory_limit=max(
            asked, next((int(w.memory_limit) for w in written if w.memory_limit is not None), asked)
        ),
        cpu_limit=most if most is None else max(least, most),
    )


def volume(context: Context, size: Default[int], written: WrittenVolume | None) -> Volume:
    """A disk of each member, in the environment's storage class."""
    return Volume(
        size=int(pick(context.profile, size, written.size if written else None)),
        storage_class=(written.storage_class if written else None) or context.environment.storage_class,
    )
