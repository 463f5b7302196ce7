"""The Topology: the one type that crosses rooms. Frozen, explicit, with plain values.

Units: durations are seconds (float), sizes bytes (int), CPU millicores (int), rates per second (float),
shares of one (float).
Where a value came from is not in the value but in `Topology.origins`, by the value's path
(`("services", "upload", "calls", "auth", "deadline")`), so that readers of values stay simple.
"""

from wireplan.topology.types.calls import Breaker, Call, Fallback, Retry
from wireplan.topology.types.clients import GraphQL, Limit, OAuth, RateLimit, Tokens
from wireplan.topology.types.contracts import Contract, Idempotency, Method
from wireplan.topology.types.drills import Break, Control, Drill, Quiet
from wireplan.topology.types.edges import Edge, EdgeCache, Route
from wireplan.topology.types.externals import External
from wireplan.topology.types.messaging import (
    Channel,
    Consumption,
    GroupProtocol,
    Kafka,
    Membership,
    Pattern,
    Publication,
    RetryStep,
    Topic,
    TopicRole,
)
from wireplan.topology.types.origins import Origin, OriginKind, Path
from wireplan.topology.types.resources import Replicas, Resources, Volume
from wireplan.topology.types.sagas import Saga, SagaStep
from wireplan.topology.types.services import (
    GrpcServer,
    Ports,
    Probe,
    Probes,
    Service,
    ServiceKind,
    Shutdown,
    Tier,
)
from wireplan.topology.types.stores import (
    Backup,
    Bucket,
    BucketUse,
    Cache,
    DatabaseCluster,
    DatabaseUse,
    ObjectStore,
    Pool,
    Pooler,
    Synchronous,
)
from wireplan.topology.types.system import Environment, Move, Strictness, Topology, Waiver

__all__ = [
    "Backup",
    "Break",
    "Breaker",
    "Bucket",
    "BucketUse",
    "Cache",
    "Call",
    "Channel",
    "Consumption",
    "Contract",
    "Control",
    "DatabaseCluster",
    "DatabaseUse",
    "Drill",
    "Edge",
    "EdgeCache",
    "Environment",
    "External",
    "Fallback",
    "GraphQL",
    "GroupProtocol",
    "GrpcServer",
    "Idempotency",
    "Kafka",
    "Limit",
    "Membership",
    "Method",
    "Move",
    "OAuth",
    "ObjectStore",
    "Origin",
    "OriginKind",
    "Path",
    "Pattern",
    "Pool",
    "Pooler",
    "Ports",
    "Probe",
    "Probes",
    "Publication",
    "Quiet",
    "RateLimit",
    "Replicas",
    "Resources",
    "Retry",
    "RetryStep",
    "Route",
    "Saga",
    "SagaStep",
    "Service",
    "ServiceKind",
    "Shutdown",
    "Strictness",
    "Synchronous",
    "Tier",
    "Tokens",
    "Topic",
    "TopicRole",
    "Topology",
    "Volume",
    "Waiver",
]
