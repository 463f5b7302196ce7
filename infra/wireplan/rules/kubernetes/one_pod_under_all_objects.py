"""One pod, over one disk, that requests need for their objects.

What: in an environment of profile prod the object store is the built-in one, and requests of an edge need a bucket in it: a route leads there, or a service that requests cannot do without uses one.
A warning, unless something is put into a durable bucket of it and the file names an environment in which an acknowledged write is to survive a failure (`survives`, 1 unless written).
Why: the built-in store is one pod over one volume, with no copy of either. While it restarts or its node is away, each of these requests fails; and what clients were told was stored
is gone with that volume, unless the storage class keeps copies of its own; or with its node in the seconds before a disk has it.
Fix: object_store: {provider: external, endpoint: ...}, a store that keeps copies; or a waiver with the reason why one disk suffices.
Source: docs/limits.md (versitygw over one volume: neither replicated nor erasure-coded); versity/versitygw README (a gateway over a file system, whose durability is that of the file system), and its code: the posix backend of 1.8 writes an object and never calls fsync.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import arrival, term, written
from wireplan.topology import alone, durability, survival
from wireplan.topology.alone import Objects
from wireplan.topology.chains import needed
from wireplan.topology.types import Topology


@rule("K8S004", Severity.ERROR)
def one_pod_under_all_objects(topology: Topology) -> Iterator[Fault]:
    """The built-in store, with the first way that requests come to it."""
    found = alone.objects(topology)
    if found is None:
        return
    kept = survival.one_disk(topology)
    lost = kept and topology.environment.survives and written(topology, ("environment",))
    provider = ("object_store", "provider")
    yield Fault(
        path=next(
            (path for path in (provider, provider[:1]) if written(topology, path)), ("buckets", found.bucket)
        ),
        what=f'requests need objects of bucket "{found.bucket}" that one pod keeps on one disk',
        why=f"{way(topology, found)}; {term(topology, 'the object store is the built-in one', provider)}: one pod over one volume. While that restarts or its node is away, "
        "each of these requests fails; what lies on the volume has no second copy.",
        fix="object_store: {provider: external, endpoint: https://...}",
        severity=None if lost else Severity.WARNING,
        steps=durability.of_bucket(topology, kept[0]).schedule if lost else (),
    )


def way(topology: Topology, found: Objects) -> str:
    """How requests come to the bucket."""
    if found.service is None:
        start = term(topology, f'edge "{found.edge}"', ("edges", found.edge, "routes", found.route))
        return f'{start} -> bucket "{found.bucket}"'
    used = term(topology, f'bucket "{found.bucket}"', ("services", found.service, "buckets", found.bucket))
    return f"{arrival(topology, needed(topology), found.service)} -> {used}"
