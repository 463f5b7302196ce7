"""A guard of the failover that a patch takes away.

What: a patch of the Cluster switches isolationCheck off, or makes readiness depend on the lag of a replica (maximumLag, or the probe type streaming).
Why: a primary that is cut off from the API server and from its members cannot be told that another was promoted; isolationCheck makes it stop itself. Without it
both take writes, and those of the one are thrown away. A replica that is unready for its lag leaves the synchronous quorum and cannot be promoted: under load all of them do.
Fix: leave the probes as Wireplan writes them; who needs fresh reads asks the replica for its delay.
Source: cloudnative-pg docs/src/instance_manager.md ("primary isolation", "use with extreme caution" of maximumLag), issue 7407. Corrected here: lease timings that do not
fit each other are refused by the operator's own webhook, and only a patch can say any of this.
"""

from collections.abc import Iterator
from typing import Any

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology import patched
from wireplan.topology.types import Path, Topology

ISOLATION = ("spec", "probes", "liveness", "isolationCheck", "enabled")
READINESS = ("spec", "probes", "readiness")


@rule("PG004", Severity.ERROR)
def failover_guard_taken_away(topology: Topology) -> Iterator[Fault]:
    """Patches of Postgres clusters."""
    for path, _, merge in patched.merges(topology, "Cluster"):
        if patched.at(merge, *ISOLATION) is False:
            yield two_primaries((*path, *ISOLATION))
        yield from unready(path, patched.at(merge, *READINESS))


def two_primaries(path: Path) -> Fault:
    """The shortest schedule that loses a write."""
    return Fault(
        path=path,
        what="a primary that is cut off from the others does not stop",
        why="1. The primary's node is cut off, its clients on that node are not. 2. A replica is promoted. 3. The old primary goes on, and acknowledges where it may do so "
        "alone or has a replica on its side. 4. When the network is back it is rewound to the new one, and what it acknowledged is gone.",
        fix="leave isolationCheck on",
        becomes="true",
    )


def unready(path: Path, readiness: Any) -> Iterator[Fault]:
    """Readiness that depends on how far a replica is behind."""
    lag, streams = patched.at(readiness, "maximumLag"), patched.at(readiness, "type") == "streaming"
    if lag in (None, patched.ABSENT) and not streams:
        return
    end = "type" if streams else "maximumLag"
    yield Fault(
        path=(*path, *READINESS, end),
        what="a replica that is behind counts as unready",
        why="1. A burst of writes leaves the replicas behind. 2. They turn unready, leave the synchronous quorum and may not be promoted. "
        "3. Commits wait for replicas that are not there; a primary that dies now has no successor.",
        fix="leave readiness as it is",
        severity=Severity.WARNING,
    )
