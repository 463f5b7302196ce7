"""A purge that nobody repeats.

What: a service in purged_by of an edge's cache consumes no topic, and no saga comes to it: it can purge in the middle of a request only, or by itself.
Why: a purge reaches each pod of the edge or is an error (a pod that starts, that hangs, a connection that breaks). By then the origin has forgotten what it was about. A record is read again until
its work is done, and a saga goes on until it is; who sent a request may have gone away, and nothing in the system knows that a purge is due. Until its ttl has passed the edge gives everybody what somebody wanted gone.
Fix: purge where a record is handled: a service that consumes a topic of what was deleted; or as a step of a saga, after its pivot. Or leave purged_by out and make ttl as short as it may be seen.
Source: Wikimedia's purges of its CDN, which went by multicast, and go by Kafka since 2020 (wikitech.wikimedia.org, "Kafka HTTP purging"); clojars/clojars-web#831 (a purge beside the request: when it fails, nobody knows);
RFC 9111 section 4.4 (an invalidation is no promise that all answers are gone). Not in the first list of rules.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import purges
from wireplan.topology.types import Edge, EdgeCache, Topology


@rule("EDG007", Severity.WARNING)
def purge_that_nobody_repeats(topology: Topology) -> Iterator[Fault]:
    """Who purges, and whether their work is repeated until it is done."""
    for edge in topology.edges.values():
        for index, name in enumerate(edge.cache.purged_by if edge.cache else ()):
            if edge.cache and not purges.repeated(topology, name):
                yield forgotten(topology, edge, edge.cache, index)


def forgotten(topology: Topology, edge: Edge, cache: EdgeCache, index: int) -> Fault:
    """A purge that is tried once."""
    name = cache.purged_by[index]
    ttl = term(topology, f"ttl {duration(cache.ttl)}", ("edges", edge.name, "cache", "ttl"))
    return Fault(
        path=("edges", edge.name, "cache", "purged_by", index),
        what=f'a purge of edge "{edge.name}" by "{name}" that fails is forgotten',
        why=f'1. A request has "{name}" delete something. 2. It is gone at the origin, and a pod of the edge does not take the purge. 3. Who asked hears of an error, and need not come back: '
        f'"{name}" consumes no topic and is in no saga, so nothing brings the purge again. 4. That pod gives it to everybody, for up to {ttl}.',
        fix=f"a topic of what was deleted, consumed by {name} or by a service that purges in its place",
    )
