"""Queries of GraphQL that nobody counts.

What: a gateway offers GraphQL and has no rate_limit.
Why: one request of GraphQL is as many requests of its routes as it has root fields, and as many passwords as it has aliases. What counts requests in front of the gateway counts one;
only the gateway's own limit counts fields.
Fix: rate_limit, with a limit of its own for what must be slow, as a login: routes: {POST /v1/login: {per: address, rate: 1/s, burst: 10}}.
Source: OWASP, "GraphQL Cheat Sheet" (batching attacks, query limiting); OWASP API4:2023, "Unrestricted Resource Consumption". Corrected here: bounds of depth, fields and aliases have
defaults and cannot be taken away, so that only the number of queries can be without one.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology.types import GraphQL, Topology


@rule("EDG005", Severity.WARNING)
def queries_that_nobody_counts(topology: Topology) -> Iterator[Fault]:
    """Services with GraphQL and without a limit."""
    for service in topology.services.values():
        if service.graphql is not None and service.rate_limit is None:
            yield uncounted(topology, service.name, service.graphql)


def uncounted(topology: Topology, name: str, bounds: GraphQL) -> Fault:
    """How much one request may ask, and by whom it is counted."""
    path = ("services", name, "graphql")
    fields = term(topology, f"{bounds.root_fields} root fields", (*path, "root_fields"))
    each = term(topology, f"{bounds.batch} a request", (*path, "batch"))
    return Fault(
        path=path,
        what=f'nobody counts what queries ask of "{name}"',
        why=f"A query has up to {fields}, each of which is a request of its route; queries: {each}. So one request costs the services behind as much as "
        f"{bounds.root_fields * bounds.batch}, and may try as many passwords, and without rate_limit as many requests are answered as come.",
        fix="rate_limit: {per: principal, rate: 20/s, burst: 40, store: a cache}",
    )
