"""Kafka by Strimzi (kafka.strimzi.io/v1): controllers and brokers in pools of their own, a KafkaTopic a topic, a KafkaUser a service.

Services use the plain listener, which the NetworkPolicy opens to them alone; it counts as a super user. The users with
their access lists are for the listener with TLS and passwords, which the services' own plumbing does not speak yet.
"""

from collections.abc import Iterator, Mapping

from wireplan.manifests import pods, policies, quantity
from wireplan.manifests.common import Owner
from wireplan.manifests.flow import End, Port
from wireplan.manifests.pods import HOST, ZONE, constraint
from wireplan.manifests.thing import Body, Object, Plan, present
from wireplan.topology import capacity, names
from wireplan.topology.types import Kafka, Resources, Service, Topic, Topology

TOPICS_BY_JOB = False
API = "kafka.strimzi.io/v1"
NAME = names.KAFKA
CLUSTER_LABEL, NAME_LABEL, KIND_LABEL, POOL_LABEL = (
    f"strimzi.io/{word}" for word in ("cluster", "name", "kind", "pool-name")
)
CONTROLLER_COUNT = 3
PLAIN, SECURE = names.KAFKA_PORT, 9093
INSIDE = (9090, 9091, PLAIN, SECURE)  # control plane, replication, clients
AGENT = 8443  # what the operator asks a broker's state of
API_SERVER = (443, 6443)
MEBIBYTE, GIBIBYTE = 2**20, 2**30
CONTROLLER_DISK = 10 * GIBIBYTE  # metadata only
OPERATOR_RESOURCES = Resources(cpu_request=100, memory_request=384 * MEBIBYTE, memory_limit=384 * MEBIBYTE)
DNS_1123 = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


def broker_pods(topology: Topology) -> Mapping[str, str] | None:
    """The operator's own labels."""
    del topology
    return {CLUSTER_LABEL: NAME, NAME_LABEL: f"{NAME}-kafka"}


def objects(plan: Plan) -> Iterator[Object]:
    """Everything of the cluster."""
    topology, kafka = plan.topology, present(plan.topology.kafka)
    after = (("namespace", topology.system), ("network", topology.system))
    owner = Owner(topology, NAME, "kafka", ("kafka", NAME), after)
    yield from traffic(plan, owner)
    yield pool(owner, "controller", CONTROLLER_COUNT, kafka, CONTROLLER_DISK)
    yield pool(owner, "broker", kafka.brokers, kafka, kafka.volume.size)
    yield cluster(plan, owner, kafka)
    for _, topic in sorted(topology.topics.items()):
        yield topic_object(owner, topic)
    for _, service in sorted(topology.services.items()):
        if service.publishes or service.consumes:
            yield user(owner, service)


def custom(
    owner: Owner, kind: str, name: str, spec: Body, *, holds: str = "", extra: Mapping[str, str] | None = None
) -> Object:
    """One of the operator's objects."""
    metadata = owner.metadata(name)
    metadata["labels"] |= {CLUSTER_LABEL: NAME} if extra is None else extra
    body: Body = {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}
    # Pools are judged by the cluster's own condition, and the others wait for it as long as it takes.
    ready = "" if kind == "KafkaNodePool" else "condition=Ready"
    return owner.object(body, holds=holds, condition=ready)


def pool(owner: Owner, role: str, replicas: int, kafka: Kafka, disk: int) -> Object:
    """One pool of nodes."""
    volume: Body = {
        "id": 0,
        "type": "persistent-claim",
        "size": quantity.memory(disk),
        "kraftMetadata": "shared",
        "deleteClaim": False,
    }
    if kafka.volume.storage_class:
        volume["class"] = kafka.volume.storage_class
    heap = f"{kafka.heap // MEBIBYTE}m"
    selector = {CLUSTER_LABEL: NAME, POOL_LABEL: role}
    spread = [constraint(ZONE, selector, "ScheduleAnyway"), constraint(HOST, selector, "DoNotSchedule")]
    spec: Body = {
        "replicas": replicas,
        "roles": [role],
        "storage": {"type": "jbod", "volumes": [volume]},
        "resources": pods.resources(kafka.resources),
        "jvmOptions": {"-Xms": heap, "-Xmx": heap},
        "template": {
            "pod": {"topologySpreadConstraints": spread, **confined_pod()},
            **confined("kafkaContainer", "initContainer"),
        },
    }
    return custom(owner, "KafkaNodePool", role, spec, holds=f"volume {NAME}")


def confined_pod() -> Body:
    """What the restricted pod security standard asks of a pod; Strimzi's own default is less."""
    return {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}}


def confined(*containers: str) -> Body:
    """And of its containers."""
    context: Body = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
    }
    return {name: {"securityContext": context} for name in containers}


def cluster(plan: Plan, owner: Owner, kafka: Kafka) -> Object:
    """The Kafka object, with the same guards as `builtin`."""
    copies = min(kafka.brokers, 3)
    in_sync = 2 if copies == 3 else 1
    config: Body = {
        "auto.create.topics.enable": kafka.auto_create_topics,
        "unclean.leader.election.enable": kafka.unclean_leader_election,
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.retention.minutes": capacity.offset_minutes(plan.topology.services),
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "message.max.bytes": max(
            (t.max_message_bytes for t in plan.topology.topics.values()), default=MEBIBYTE
        ),
    }
    settings: Body = {
        "version": kafka.version,
        "listeners": listeners(plan),
        "authorization": {"type": "simple", "superUsers": ["ANONYMOUS"]},
        "config": config,
        "rack": {"topologyKey": ZONE},
    }
    needs = {"resources": pods.resources(OPERATOR_RESOURCES)}
    entities: Body = {
        "topicOperator": needs,
        "userOperator": needs,
        "template": {"pod": confined_pod(), **confined("topicOperatorContainer", "userOperatorContainer")},
    }
    return custom(
        owner,
        "Kafka",
        NAME,
        {"kafka": settings, "entityOperator": entities},
        holds=f"volume {NAME}",
        extra={},
    )


def listeners(plan: Plan) -> list[Body]:
    """Two inside the cluster, open to the services that use Kafka and to nobody else."""
    peers = [policies.peer(flow.source) for flow in plan.flows_of(End(NAME))]
    plain: Body = {"name": "plain", "port": PLAIN, "type": "internal", "tls": False}
    secure: Body = {
        "name": "secure",
        "port": SECURE,
        "type": "internal",
        "tls": True,
        "authentication": {"type": "scram-sha-512"},
    }
    return [{**listener, "networkPolicyPeers": peers} for listener in (plain, secure)]


def topic_object(owner: Owner, topic: Topic) -> Object:
    """A topic; its operator refuses to shrink one."""
    config: Body = {
        "cleanup.policy": topic.cleanup,
        "max.message.bytes": topic.max_message_bytes,
        "min.insync.replicas": topic.min_insync_replicas,
        "retention.ms": round(topic.retention * 1000),
        "unclean.leader.election.enable": False,
    }
    spec: Body = {"partitions": topic.partitions, "replicas": topic.replication_factor, "config": config}
    name = topic.name
    if not set(name) <= DNS_1123:
        name = "".join(c if c in DNS_1123 else "-" for c in name.lower()).strip("-.")
        spec = {"topicName": topic.name, **spec}
    return custom(owner, "KafkaTopic", name, spec, holds=f"topic {topic.name}")


def user(owner: Owner, service: Service) -> Object:
    """A service may do what its edges say."""
    rules: list[Body] = [
        rule("topic", p.topic, "Describe", "Write") for _, p in sorted(service.publishes.items())
    ]
    for _, consumption in sorted(service.consumes.items()):
        rules.append(rule("group", consumption.group, "Read"))
        rules.append(rule("topic", consumption.topic, "Describe", "Read"))
        rules += [rule("topic", step.topic, "Describe", "Read", "Write") for step in consumption.retries]
        if consumption.dead_letter:
            rules.append(rule("topic", consumption.dead_letter, "Describe", "Write"))
    spec: Body = {
        "authentication": {"type": "scram-sha-512"},
        "authorization": {"type": "simple", "acls": rules},
    }
    return custom(owner, "KafkaUser", service.name, spec)


def rule(kind: str, name: str, *operations: str) -> Body:
    """One access rule."""
    return {
        "resource": {"type": kind, "name": name, "patternType": "literal"},
        "operations": list(operations),
    }


def traffic(plan: Plan, owner: Owner) -> Iterator[Object]:
    """Clients to the brokers as the Topology says; the operator's pods among themselves, with it, and to the API server."""
    yield policies.allow(plan, owner, End(NAME, broker_pods(owner.topology) or {}))
    every = End(NAME, {CLUSTER_LABEL: NAME})
    operator: Body = {
        "namespaceSelector": {},
        "podSelector": {"matchLabels": {KIND_LABEL: "cluster-operator"}},
    }
    inside = [policies.entry(Port(number)) for number in INSIDE]
    among: Body = {"ports": inside}
    asked = [policies.entry(Port(number)) for number in (9090, 9091, AGENT)]
    spec: Body = {
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [policies.peer(every)], **among}, {"from": [operator], "ports": asked}],
        "egress": [
            {"to": [policies.peer(every)], **among},
            {"to": policies.anywhere(), "ports": [policies.entry(Port(number)) for number in API_SERVER]},
        ],
    }
    yield policies.policy(owner, f"{NAME}-strimzi", every.pods or {}, spec)
