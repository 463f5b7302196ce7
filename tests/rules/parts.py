"""What the parts of a sound system may say, bounds included: what is just allowed stands here, so that a rule that is too strict is heard.

Each is drawn as a map of some of its keys.
"""

from typing import Any

from hypothesis import strategies as st

Data = dict[str, Any]

PODS = [{"min": 2, "max": 2}, {"min": 2, "max": 4}, {"min": 3, "max": 3}]


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Data]:
    """A map in which each key may be left out."""
    return st.fixed_dictionaries({}, optional=fields)


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    """One of some values."""
    return st.sampled_from(values)


SERVICE = some(
    replicas=st.sampled_from(PODS),
    probes=one_of({"liveness": {"failures": 2}}, {"readiness": {"period": "3s"}}),
    shutdown=one_of({"grace": "10m"}, {"pre_stop": "8s"}),
    resources=one_of({"memory": "512Mi"}, {"cpu": "200m", "memory": "128Mi"}),
    environment=one_of({"LEVEL": "info"}, {"API_TOKEN": "/run/token"}, {"DB_PASSWORD": "$(FROM_ELSEWHERE)"}),
    secrets=one_of(["mail"]),
)
GRPC = some(
    grpc=one_of({"max_connection_age": "10m"}, {"max_connection_age": "30s"}, {"min_ping_interval": "29s"}),
    tier=one_of("secondary", "critical"),
)
CALL = some(
    methods=one_of(["Get"], ["Get", "Put"], ["Add"]),
    breaker=one_of({"close_after": 2, "consecutive_failures": 2}),
    retry=one_of({"on": ["UNAVAILABLE"]}),
    load_balancing=one_of("round_robin"),
)
TOPIC = st.one_of(
    some(key=one_of("id"), retention=one_of("14d", "30d"), max_message_bytes=one_of("4Mi")),
    some(cleanup=one_of("compact"), retention=one_of("14d")),
)
GROUP = some(
    handler=one_of({"timeout": "5s"}, {"timeout": "30s"}, {"timeout": "60s"}),
    retries=one_of([], ["10s"], ["5s", "2m"]),
    outage=one_of("12h", "10d", "14d"),
    concurrency=one_of(4),
    commit=one_of("after-effect"),
    offset_reset=one_of("earliest"),
)
MAY_BE_LOST = some(commit=one_of("before-effect"), offset_reset=one_of("latest"))
"""What a group may say of records that need not survive."""
CLUSTER = some(
    version=one_of("16"),
    parameters=one_of({"work_mem": "16MB"}, {"synchronous_commit": "remote_apply"}, {"fsync": "on"}),
    volume=one_of({"size": "100Gi"}),
    pooler=one_of(True),
)
MEMBERS = one_of(
    {},
    {"rpo": "5m"},
    {"instances": 2, "rpo": "5m"},
    {"instances": 5},
    {"instances": 3, "rpo": "0s"},
    {"instances": 3, "rpo": "0s", "synchronous": {"number": 1}},
    {"instances": 5, "rpo": "0s", "synchronous": {"number": 3}},
    {"instances": 3, "rpo": "5m", "synchronous": {"durability": "preferred", "failover_quorum": False}},
)
ON_ONE_MACHINE = one_of({"instances": 1, "rpo": "1h"}, {"instances": 3})
"""Members of a cluster in profile dev, where a second one protects from nothing."""
BACKUP = some(every=one_of("1d"), keep=one_of("30d"), verify=one_of("3d", "14d"))
EDGE = some(budget=one_of("5s", "30s"), replicas=st.sampled_from(PODS), port=one_of(8443))
DEFAULTS = one_of(
    {}, {"services": {"pool": {"max": 3}}}, {"consumes": {"outage": "2d"}}, {"topics": {"retention": "21d"}}
)
PATCHES = one_of(
    {"kind": "Deployment", "merge": {"spec": {"template": {"spec": {"priorityClassName": "high"}}}}},
    {"kind": "Pooler", "merge": {"spec": {"pgbouncer": {"poolMode": "session"}}}},
    {"kind": "Cluster", "merge": {"spec": {"probes": {"liveness": {"isolationCheck": {"enabled": True}}}}}},
    {"kind": "ScheduledBackup", "merge": {"spec": {"schedule": "0 0 3 * * *"}}},
    {
        "kind": "NetworkPolicy",
        "name": "entrance",
        "merge": {"spec": {"ingress": [{"from": [{"podSelector": {}}]}]}},
    },
)
