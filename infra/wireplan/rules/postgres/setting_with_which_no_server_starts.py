"""A setting with which no server starts.

What: parameters of a cluster hold one that CloudNativePG sets itself, or one that no Postgres knows or lets a file set.
Why: the operator's webhook refuses the whole cluster for a setting that is its own: nothing is made, or an update stays undone. A name that Postgres does not know passes the webhook, and the running server
passes over it; the next start ends with it. So it shows at the worst moment, when a node is lost or a failover restarts members, and then on every member.
Fix: leave it out; or write it as Postgres does. What an extension sets has a dot in its name (pg_stat_statements.track), and is left to the extension.
Source: cloudnative-pg docs/src/postgresql_conf.md (fixed parameters) and pkg/postgres/configuration.go; cloudnative-pg#7045 (a typo that is applied, and the cluster does not come up again), #9730; postgresql.org
documentation, config-setting (errors in the file when the server starts). Names are those of Postgres 15 to 18; one that only another of them knows is not found. Not in the first list of rules.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, leave_out, rule
from wireplan.rules.words import written
from wireplan.topology import postgres_settings
from wireplan.topology.types import DatabaseCluster, Topology

OPERATED = "cloudnative-pg"


@rule("PG012", Severity.ERROR)
def setting_with_which_no_server_starts(topology: Topology) -> Iterator[Fault]:
    """The parameters that somebody wrote, of clusters that an operator runs."""
    for cluster in topology.databases.values():
        if cluster.provider != OPERATED:
            continue
        for name in cluster.parameters:
            if not written(topology, ("databases", cluster.name, "parameters", name)):
                continue
            if postgres_settings.refused(name):
                yield refused(cluster, name)
            elif postgres_settings.unknown(name, cluster.version):
                yield unknown(cluster, name)


def refused(cluster: DatabaseCluster, name: str) -> Fault:
    """One that is the operator's own."""
    path = ("databases", cluster.name, "parameters", name)
    return Fault(
        path=path,
        what=f'CloudNativePG refuses database "{cluster.name}": {name} is its own to set',
        why=f"1. The cluster is sent with {name} in its parameters. 2. The operator's webhook answers: Can't set fixed configuration parameter. 3. The cluster is not made; "
        "one that is there stays as it was, whatever else was to change.",
        fix="leave it out",
        mend=leave_out(*path),
    )


def unknown(cluster: DatabaseCluster, name: str) -> Fault:
    """One that is no setting."""
    path, near = ("databases", cluster.name, "parameters", name), nearest(name)
    return Fault(
        path=path,
        what=f'database "{cluster.name}" does not start with {name}, which Postgres {cluster.version} takes from no file{f"; did you mean {near}?" if near else ""}',
        why=f"1. {name} is applied, and running servers pass over it. 2. A member restarts: its node is lost, it is promoted, an image is updated. 3. Postgres reads {name} and ends; "
        "so does every other member that restarts.",
        fix=f"{near}, or leave it out"
        if near
        else "leave it out; what an extension sets has a dot in its name",
    )


def nearest(name: str) -> str:
    """The setting that was meant, where one is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower(), postgres_settings.KNOWN, 1, 0.8)), "")
