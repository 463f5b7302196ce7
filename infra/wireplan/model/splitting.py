"""Channels as services of their own, behind one switch (spec row M3).

A channel is a topic with one reader that sends: without `split` the service reads its own topics, with it each channel has a service of its own, of the same
code. Topic, group and what is promised of them are the same, so that the switch may be turned while records are on their way.
"""

from wireplan.model.channels import Channel, Way
from wireplan.model.databases import DatabaseCluster
from wireplan.model.messaging import Consumption, Publication
from wireplan.model.services import Service
from wireplan.model.system import System

LONGEST = 52
"""Of a service's name, as `ServiceName` has it."""


def part_name(service: str, way: str) -> str:
    """The service that a channel is split off as; the group of its topic, with or without the switch."""
    return f"{service}-{way}"


def database_name(database: str, way: str) -> str:
    """The database of such a service: it remembers what was sent."""
    return f"{database}_{way}"


def parts(system: System) -> dict[str, str]:
    """Services that channels are split off as, and from which."""
    return {
        part_name(name, way): name
        for name, service in system.services.items()
        if service.split
        for way in service.channels
    }


def spread(system: System) -> System:
    """The system with what its channels stand for: publications, groups and, where they are split off, services and databases.

    What a channel names and is not there is left out; `wireplan.load` speaks of it.
    """
    if not any(service.channels for service in system.services.values()):
        return system
    listed = {name for cluster in system.databases.values() for name in cluster.databases}
    services: dict[str, Service] = {}
    databases: dict[str, str] = {}
    for name, service in system.services.items():
        ways: dict[Way, Channel] = {
            way: channel
            for way, channel in service.channels.items()
            if channel.topic in system.topics and channel.through in system.externals
        }
        services[name] = told(name, service.model_copy(update={"channels": ways}))
        if service.split and service.database and service.database.name in listed:
            for way in ways:
                services.setdefault(part_name(name, way), part(name, service, way))
                databases[database_name(service.database.name, way)] = service.database.name
    update: dict[str, object] = {"services": services}
    if databases:  # a section that nobody wrote stays unwritten
        update["databases"] = {name: beside(cluster, databases) for name, cluster in system.databases.items()}
    return system.model_copy(update=update)


def group(name: str, service: Service, way: Way) -> Consumption:
    """The group of a channel, with what the author says of it at the service."""
    written = service.consumes.get(service.channels[way].topic) or Consumption()
    return written.model_copy(update={"group": written.group or part_name(name, way)})


def told(name: str, service: Service) -> Service:
    """A service with channels: it publishes to all of them, and reads them itself unless they are split off."""
    ways = service.channels
    if not ways:
        return service
    topics: dict[str, Way] = {each.topic: way for way, each in ways.items()}
    publishes = {topic: service.publishes.get(topic) or Publication() for topic in topics}
    found: dict[str, object] = {"publishes": {**service.publishes, **publishes}}
    if service.split:
        found["consumes"] = {topic: own for topic, own in service.consumes.items() if topic not in topics}
    else:
        own = {topic: group(name, service, way) for topic, way in topics.items()}
        found["consumes"] = {**service.consumes, **own}
        through = [each.through for each in ways.values()]
        found["externals"] = list(dict.fromkeys([*service.externals, *through]))
    return service.model_copy(update=found)


def part(name: str, service: Service, way: Way) -> Service:
    """A channel as a service of its own: as its whole in size and manners, with one group, one external system and a database."""
    channel = service.channels[way]
    own = service.database and service.database.model_copy(
        update={"name": database_name(service.database.name, way)}
    )
    return service.model_copy(
        update={
            "kind": "worker", "split": None, "serves": [], "serves_http": None, "graphql": None, "calls": {}, "publishes": {},
            "consumes": {channel.topic: group(name, service, way)}, "database": own, "reads_from_replicas": [], "buckets": {}, "caches": [],
            "externals": [channel.through], "channels": {way: channel}, "rate_limit": None, "tokens": None, "accepts_tokens_of": None,
            "oauth": [], "secondary_features": [],
        }
    )  # fmt: skip


def beside(cluster: DatabaseCluster, databases: dict[str, str]) -> DatabaseCluster:
    """A cluster with the databases of parts whose whole has one in it."""
    more = [
        name for name, of in databases.items() if of in cluster.databases and name not in cluster.databases
    ]
    return cluster.model_copy(update={"databases": [*cluster.databases, *more]}) if more else cluster
