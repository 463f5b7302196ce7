"""The dashboards of a system: one for each service, and one of the whole."""

from collections.abc import Iterator, Mapping

from wireplan.monitoring import grafana
from wireplan.monitoring.alert import scope
from wireplan.monitoring.grafana import Body, Row
from wireplan.monitoring.panels import asked, everything, messages, served, stored
from wireplan.topology.types import Service, Topology

WHOLE = "system"


def dashboards(topology: Topology) -> Mapping[str, Body]:
    """Every dashboard by its name: `system`, and `service-NAME`."""
    named = {f"service-{name}": service for name, service in topology.services.items()}
    links = [grafana.link(topology.system, part, service.name) for part, service in named.items()]
    whole = everything.rows(scope(topology), topology)
    found = {
        WHOLE: grafana.dashboard(topology.system, WHOLE, f"{topology.system}: the system", list(whole), links)
    }
    for part, service in named.items():
        found[part] = grafana.dashboard(
            topology.system,
            part,
            f"{topology.system}: {service.name}",
            list(rows(topology, service)),
            near(topology, service),
        )
    return found


def rows(topology: Topology, service: Service) -> Iterator[Row]:
    """What there is to see of one service."""
    own = scope(topology, service.name)
    yield from served.http(own, topology, service)
    yield from served.grpc(own, service)
    yield from asked.calls(own, service)
    yield from asked.externals(own, service)
    yield from served.features(own, service)
    yield from messages.groups(own, topology, service)
    yield from messages.outbox(own, service)
    yield from messages.sagas(own, topology, service)
    yield from stored.database(own, service)
    yield from stored.caches(own, service)
    yield served.pods(own, service)


def near(topology: Topology, service: Service) -> Iterator[Body]:
    """Links to the whole, to who asks this service, and to whom it asks."""
    yield grafana.link(topology.system, WHOLE, "the system")
    callers = [each.name for each in topology.services.values() if service.name in each.calls]
    for name in dict.fromkeys([*callers, *service.calls]):
        yield grafana.link(topology.system, f"service-{name}", name)
