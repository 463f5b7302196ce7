"""What the pods of any part are given: processor and memory, how many there are, disks."""

from wireplan.records import dataclass


@dataclass(frozen=True, slots=True)
class Resources:
    """Requests and limits of a container."""

    cpu_request: int
    memory_request: int
    memory_limit: int
    cpu_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Replicas:
    """Pods of a service. An autoscaler exists where `max` is more than `min`; the objects then carry no `replicas`."""

    min: int
    max: int
    cpu_percent: int | None = None
    lag_records: int | None = None
    surge: int = 0  # pods above `max` while a Deployment rolls; maxSurge

    @property
    def autoscaled(self) -> bool:
        """Whether an autoscaler owns the number of pods."""
        return self.max > self.min


@dataclass(frozen=True, slots=True)
class Volume:
    """A persistent volume of each member."""

    size: int
    storage_class: str | None
