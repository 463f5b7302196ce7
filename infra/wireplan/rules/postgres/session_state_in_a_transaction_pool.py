"""A pooler that gives each transaction another connection, under services that keep things in a session.

What: a patch of the Pooler sets poolMode to transaction or statement.
Why: what a session keeps (an advisory lock, a prepared statement, SET, LISTEN) stays on the server's connection, and the next transaction runs on another. The
migrations of the services hold their lock from one transaction to the next, and their pools set timeouts for the session: both break without an error.
Fix: leave poolMode at session; the pools of the services already use few connections well.
Source: pgbouncer.org/features.html (what transaction pooling breaks); cloudnative-pg docs/src/connection_pooling.md. Corrected here: Wireplan writes session mode, so that only a
patch can say otherwise; max_prepared_statements mends one of four.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology import patched
from wireplan.topology.types import Topology

MODE = ("spec", "pgbouncer", "poolMode")


@rule("PG007", Severity.ERROR)
def session_state_in_a_transaction_pool(topology: Topology) -> Iterator[Fault]:
    """Patches of poolers."""
    for path, _, merge in patched.merges(topology, "Pooler"):
        mode = patched.at(merge, *MODE)
        if mode in ("transaction", "statement"):
            yield Fault(
                path=(*path, *MODE),
                what=f"poolers give each {mode} another connection, but services keep locks and timeouts in a session",
                why="1. A pod begins its migrations and takes their lock, on server connection a. 2. Its next transaction runs on connection b; "
                "a is lent to another pod. 3. That pod takes the same lock, which its session has already: both migrate.",
                fix="poolMode: session",
                becomes="session",
            )
