"""A query that its bounds allow and its limit always refuses.

What: a gateway's graphql allows more root fields in one request (root_fields x batch) than its rate_limit has at once (burst), for a principal or for who is not known.
Why: each root field counts as a request. Whoever asks the largest query that is allowed has an error in place of the last fields, every time and however long he waits: a burst is
never larger than itself, and what was counted for the others is spent.
Fix: root_fields no more than burst / batch.
Source: docs/gateway.md (each field is counted as the request that it is); ITU-T I.371, the generic cell rate algorithm: burst is what conforms at once.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology.types import GraphQL, Path, RateLimit, Topology


@rule("EDG006", Severity.ERROR)
def query_that_its_limit_refuses(topology: Topology) -> Iterator[Fault]:
    """The largest query of a service against the least that it answers at once."""
    for service in topology.services.values():
        bounds, limit = service.graphql, service.rate_limit
        if bounds is not None and limit is not None:
            where, burst = least(service.name, limit)
            if bounds.root_fields * bounds.batch > burst:
                yield refused(topology, service.name, bounds, where, burst)


def least(name: str, limit: RateLimit) -> tuple[Path, int]:
    """The smaller burst, of who is known or not, and where it stands."""
    own: Path = ("services", name, "rate_limit", "burst")
    if limit.anonymous is not None and limit.anonymous.burst < limit.burst:
        return ("services", name, "rate_limit", "anonymous", "burst"), limit.anonymous.burst
    return own, limit.burst


def refused(topology: Topology, name: str, bounds: GraphQL, where: Path, burst: int) -> Fault:
    """The product, and what it is beyond."""
    path = ("services", name, "graphql")
    fields = term(topology, f"{bounds.root_fields} root fields", (*path, "root_fields"))
    batch = term(topology, f"{bounds.batch} in a request", (*path, "batch"))
    fitting = burst // bounds.batch
    return Fault(
        path=(*path, "root_fields"),
        what=f'the largest query that "{name}" allows is always refused in part',
        why=f"{fields} x {batch} = {bounds.root_fields * bounds.batch}, and at once it answers {term(topology, str(burst), where)}: the last "
        f"{bounds.root_fields * bounds.batch - burst} fields are errors each time.",
        fix=f"root_fields: {fitting}" if fitting else f"batch: {burst}, root_fields: 1",
        becomes=str(fitting) if fitting else None,
        related=((where, "what is answered at once"), ((*path, "batch"), "queries in a request")),
    )
