"""What the author of a topology wrote: Pydantic models, checked for shape.

The public names of the room, for those who build a system in Python:
`System(system="shop", services={"cart": Service(serves=["shop.cart.v1.CartService"])})`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wireplan.model.calls import Breaker, Call, Fallback, Retry
    from wireplan.model.channels import Channel
    from wireplan.model.databases import Backup, DatabaseCluster, Synchronous
    from wireplan.model.drills import Break, Control, Drill, Quiet
    from wireplan.model.edges import Edge, EdgeCache, Route
    from wireplan.model.graphql import GraphQL
    from wireplan.model.limits import Limit, RateLimit, RouteLimit
    from wireplan.model.messaging import Consumption, Handler, Kafka, Publication, Topic
    from wireplan.model.resources import Replicas, Resources, Volume
    from wireplan.model.sagas import Saga, Step
    from wireplan.model.services import (
        BucketUse,
        Database,
        OAuth,
        Pool,
        Probe,
        Probes,
        Service,
        Tokens,
    )
    from wireplan.model.stores import Bucket, Cache, External, ObjectStore
    from wireplan.model.system import Contracts, Defaults, Environment, Move, Patch, Rules, System, Waiver
    from wireplan.model.units import Cpu, Duration, Rate, Share, Size

HOMES = {
    "calls": ("Breaker", "Call", "Fallback", "Retry"),
    "channels": ("Channel",),
    "databases": ("Backup", "DatabaseCluster", "Synchronous"),
    "drills": ("Break", "Control", "Drill", "Quiet"),
    "edges": ("Edge", "EdgeCache", "Route"),
    "graphql": ("GraphQL",),
    "limits": ("Limit", "RateLimit", "RouteLimit"),
    "messaging": ("Consumption", "Handler", "Kafka", "Publication", "Topic"),
    "resources": ("Replicas", "Resources", "Volume"),
    "sagas": ("Saga", "Step"),
    "services": (
        "BucketUse",
        "Database",
        "OAuth",
        "Pool",
        "Probe",
        "Probes",
        "Service",
        "Tokens",
    ),
    "stores": ("Bucket", "Cache", "External", "ObjectStore"),
    "system": ("Contracts", "Defaults", "Environment", "Move", "Patch", "Rules", "System", "Waiver"),
    "units": ("Cpu", "Duration", "Rate", "Share", "Size"),
}

__all__ = [
    "Backup", "Break", "Breaker", "Bucket", "BucketUse", "Cache", "Call", "Channel", "Consumption", "Contracts", "Control", "Cpu",
    "Database", "DatabaseCluster", "Defaults", "Drill", "Duration", "Edge", "EdgeCache", "Environment", "External", "Fallback",
    "GraphQL", "Handler", "Kafka", "Limit", "Move", "OAuth", "ObjectStore", "Patch", "Pool", "Probe", "Probes", "Publication",
    "Quiet", "Rate", "RateLimit",
    "Replicas", "Resources", "Retry", "Route", "RouteLimit", "Rules", "Saga", "Service", "Share", "Size", "Step", "Synchronous", "System", "Tokens",
    "Topic", "Volume", "Waiver",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used: importing the room alone costs nothing."""
    for module, names in HOMES.items():
        if name in names:
            import importlib

            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
