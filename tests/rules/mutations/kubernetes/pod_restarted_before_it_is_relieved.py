"""A liveness probe that asks what readiness asks, or gives up first."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        probes = ("services", service.name, "probes")
        if (
            service.probes.liveness.period
            <= service.probes.readiness.period * service.probes.readiness.failures
        ):
            yield host.put(1, *probes, "liveness", "failures")
        yield host.put(service.probes.readiness.path, *probes, "liveness", "path")
