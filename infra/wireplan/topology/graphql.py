"""GraphQL at a gateway: the bounds of a query, for the service and for its wiring (spec row P4)."""

from dataclasses import asdict
from typing import Any

from wireplan.model.graphql import GraphQL as Written
from wireplan.topology import defaults
from wireplan.topology.context import pick
from wireplan.topology.types import GraphQL, Service


def graphql(profile: str, written: Written | None) -> GraphQL | None:
    """The bounds with everything explicit; None where it is off."""
    if written is None:
        return None
    return GraphQL(
        depth=pick(profile, defaults.GRAPHQL_DEPTH, written.depth),
        fields=pick(profile, defaults.GRAPHQL_FIELDS, written.fields),
        root_fields=pick(profile, defaults.GRAPHQL_ROOT_FIELDS, written.root_fields),
        aliases=pick(profile, defaults.GRAPHQL_ALIASES, written.aliases),
        batch=pick(profile, defaults.GRAPHQL_BATCH, written.batch),
        introspection=pick(profile, defaults.GRAPHQL_INTROSPECTION, written.introspection),
    )


def wired(own: Service) -> dict[str, Any] | None:
    """The bounds for the wiring: a service without them neither serves nor imports anything of it."""
    return None if own.graphql is None else asdict(own.graphql)
