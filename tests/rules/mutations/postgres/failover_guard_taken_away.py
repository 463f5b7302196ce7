"""Patches that let two primaries be, or make a replica that is behind unready."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    probes = {"liveness": {"isolationCheck": {"enabled": False}}}
    yield host.patch(
        "Cluster", {"spec": {"probes": probes}}, "spec", "probes", "liveness", "isolationCheck", "enabled"
    )
    probes = {"readiness": {"maximumLag": "16Mi"}}
    yield host.patch("Cluster", {"spec": {"probes": probes}}, "spec", "probes", "readiness", "maximumLag")
