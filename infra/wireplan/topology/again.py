"""Services that were resolved before, for whoever resolves a system again after each edit: one is made anew when what it is made from differs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wireplan.topology import edges
from wireplan.topology.calls import Limits
from wireplan.topology.context import Context
from wireplan.topology.services import service
from wireplan.topology.types import Service

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
        own = ingredients(context, name, limits, served, clusters)
        kept = self.services.get(key)
        same = kept is not None and kept[0] == own
        made = kept[1] if kept and same else service(context, name, limits, served, clusters)
        self.services[key] = (
            own,
            made,
        )  # of two that are equal the new one: what is the same object is compared faster
        return made


def shared(context: Context) -> Any:
    """What every service is made from."""
    system = context.system
    return context.environment, system.system, system.defaults, edges.public_url(context)


def ingredients(
    context: Context, name: str, limits: Limits, served: list[float], clusters: Mapping[str, str]
) -> Any:
    """What one service is made from besides: what was written of it, and all that it takes from its callers, callees, topics and database."""
    system = context.system
    written = system.services[name]
    calls = [
        (
            limits.deadlines[name, to],
            limits.attempts[name, to],
            system.services[to].serves,
            system.services[to].tier,
        )
        for to in written.calls
    ]
    topics = [
        (system.topics[t].message, system.topics[t].key) for t in (*written.publishes, *written.consumes)
    ]
    cluster = clusters.get(written.database.name) if written.database else None
    members = system.databases[cluster] if cluster else None
    database = (cluster, members.pooler, members.instances) if members else None
    return written, served, calls, topics, database
