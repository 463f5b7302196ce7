"""One database server that every request needs.

What: in an environment of profile prod, a Postgres cluster that Wireplan runs has instances: 1, and a service that requests of an edge cannot do without (by a route, then by
critical calls only) keeps its database there.
Why: a server ends with its node, with an upgrade, out of memory, or with its disk. With a replica another is promoted, about a minute after a lost node; with one server each of these requests fails until the
same one is back, and all that it acknowledged since the last archived write-ahead log is gone with its disk.
Fix: leave instances out (3), or tier: secondary and a fallback, if the system can do without the service.
Source: cloudnative-pg docs/src/failover.md, docs/src/architecture.md; spec rows F3.1, F3.6. A cluster that promises rpo 0 with too few instances is PG001's; one that only workers use is
left alone, since their records wait in Kafka.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import arrival, term
from wireplan.topology import alone
from wireplan.topology.chains import needed
from wireplan.topology.types import Topology


@rule("PG011", Severity.ERROR)
def one_server_under_an_edge(topology: Topology) -> Iterator[Fault]:
    """Clusters of one server, with the first service that an edge needs."""
    for name, owner in alone.servers(topology).items():
        table = needed(topology)
        path, database = ("databases", name, "instances"), ("services", owner, "database")
        edge = table[owner].edge.name
        yield Fault(
            path=path,
            what=f'every request of edge "{edge}" that needs "{owner}" needs the single server of database "{name}"',
            why=f"{arrival(topology, table, owner)}; {term(topology, f'its database is in {name}', database)}, which has "
            f"{term(topology, '1 instance', path)}. While that restarts or its node is away, each of these requests fails.",
            fix="instances: 3",
            related=((database, "its database"),),
        )
