"""Services that were resolved before, for whoever resolves a system again after each edit: one is made anew when what it is made from differs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wireplan.topology.calls import Limits
from wireplan.topology.context import Context
from wireplan.topology.services import service
from wireplan.topology.types import Service

EACH = frozenset({"services", "topics", "moved", "allow_data_loss", "patches", "waivers"})
"""Parts of a system that are compared one by one, and those that no service is made from."""
Key = tuple[str, str]
"""Environment and service."""
Make = Callable[[Context, str, Limits, list[float], Mapping[str, str]], Service]


@dataclass
class Again:
    """The memory of one system: the services of each of its environments, each with what it was made from."""

    common: dict[str, Any] = field(default_factory=dict[str, Any])
    services: dict[Key, tuple[Any, Service]] = field(default_factory=dict[Key, tuple[Any, Service]])

    def of(self, context: Context) -> Make:
        """What makes the services of one environment, or takes those of the time before where nothing common to all differs."""
        name, common = context.environment.name, shared(context)
        same, there = self.common.get(name) == common, context.system.services
        self.services = {
            key: kept for key, kept in self.services.items() if key[0] != name or (same and key[1] in there)
        }
        self.common[name] = common
        return self.service

    def service(
        self,
        context: Context,
        name: str,
        limits: Limits,
        served: list[float],
        clusters: Mapping[str, str],
    ) -> Service:
        """As `wireplan.topology.services.service`."""
        key = (context.environment.name, name)
        own = ingredients(context, name, limits, served)
        kept = self.services.get(key)
        same = kept is not None and kept[0] == own
        made = kept[1] if kept and same else service(context, name, limits, served, clusters)
        self.services[key] = (
            own,
            made,
        )  # of two that are equal the new one: what is the same object is compared faster
        return made


def shared(context: Context) -> Any:
    """What every service may be made from: all of the system but its services and topics, and its contracts."""
    system = context.system
    rest = [getattr(system, name) for name in type(system).model_fields if name not in EACH]
    return context.schema, rest


def ingredients(context: Context, name: str, limits: Limits, served: list[float]) -> Any:
    """What one service is made from besides: what was written of it, of those it calls and of its topics, and what follows from all others."""
    system = context.system
    written = system.services[name]
    calls = [
        (limits.deadlines[name, to], limits.attempts[name, to], system.services[to]) for to in written.calls
    ]
    topics = [system.topics[topic] for topic in (*written.publishes, *written.consumes)]
    return written, served, calls, topics
