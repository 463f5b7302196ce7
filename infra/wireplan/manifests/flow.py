"""A flow of traffic and its ends."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class End:
    """One end of a flow: pods of the namespace by their labels, or addresses outside of it."""

    name: str
    pods: Mapping[str, str] | None = None  # None: outside
    namespace: str = ""  # of the cluster, where what is outside lives in another one

    @property
    def outside(self) -> bool:
        """Whether the end is no pod of the namespace."""
        return self.pods is None


@dataclass(frozen=True, slots=True)
class Port:
    """A port and its protocol."""

    number: int
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True)
class Flow:
    """Traffic that the Topology asks for: from `source`, which opens the connection, to `target`. `edge` says why."""

    source: End
    target: End
    ports: tuple[Port, ...]
    edge: str


WORLD = End("the world")
