"""Secrets in memory, in place of the API server's."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wireplan.rim.images.tools.secrets import ChangedError, Held
from wireplan.rim.images.tools.waiting import NotYetError


@dataclass
class Memory:
    """Secrets in memory; those in `away` do not answer."""

    data: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    away: set[str] = field(default_factory=set[str])
    writes: list[str] = field(default_factory=list[str])

    def read(self, name: str) -> Held:
        """One of them."""
        if name in self.away:
            raise NotYetError(f"Secret {name}: the API server answers 404")
        return Held(str(self.versions.get(name, 0)), dict(self.data[name]))

    def write(self, name: str, held: Held, data: Mapping[str, str]) -> None:
        """Its values, if it is still the version that was read."""
        if held.version != str(self.versions.get(name, 0)):
            raise ChangedError(name)
        self.data[name] = dict(data)
        self.versions[name] = int(held.version) + 1
        self.writes.append(name)
