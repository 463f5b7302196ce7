"""Kafka without an operator: a StatefulSet of KRaft nodes, for development and small teams.

The first three nodes (or the only one) are controllers as well as brokers; upstream advises against that for critical
use, where `strimzi` belongs. Decisions follow Strimzi's (`KafkaBrokerConfigurationBuilder`, its probes and budgets).

Roll-outs are the StatefulSet's own: one pod at a time, the next when the last has been ready for a while. A roller that
asks Kafka whether a stop would break `min.insync.replicas` is not here: such a stop loses nothing, it makes producers
with `acks=all` wait.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping

from wireplan.manifests import common, labels, pods, policies
from wireplan.manifests.common import Owner
from wireplan.manifests.flow import End, Port
from wireplan.manifests.pods import Mount
from wireplan.manifests.thing import Body, Object, Plan, present
from wireplan.topology import capacity, names
from wireplan.topology.types import Kafka, Topology

TOPICS_BY_JOB = True
NAME = names.KAFKA
CLIENTS, CONTROLLERS = names.KAFKA_PORT, 9093
QUORUM = 3  # controllers; five pay off only in clusters that are past this provider
SETTINGS, DATA = "/etc/kafka", "/var/lib/kafka"
LOGS = f"{DATA}/log"  # a folder of its own: a file system's root may hold lost+found
SETTLE = 20  # seconds that a broker is ready before the next one rolls: replicas catch up
STOP = 120  # seconds for the hand-over of leaders and the closing of logs
MEBIBYTE, GIBIBYTE = 2**20, 2**30
QUICK = ["-XX:TieredStopAtLevel=1"]
"""For what runs shortly or has little to do, and so a small heap: no second compiler. On a machine that holds a whole system a broker came up
with 3.5 instead of 5.4 s of processor time, and in its first half hour the second compiler would have had 16 to 22 s more."""
LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = stdout
appender.stdout.type = Console
appender.stdout.name = stdout
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d{ISO8601} %p %c{1} %m%n
logger.server.name = kafka.server
logger.server.level = info
logger.controller.name = org.apache.kafka.controller
logger.controller.level = info
logger.state.name = state.change.logger
logger.state.level = warn
"""


def broker_pods(topology: Topology) -> Mapping[str, str] | None:
    """Our own pods."""
    return labels.selector(topology, NAME)


def objects(plan: Plan) -> Iterator[Object]:
    """Everything of the cluster."""
    topology, kafka = plan.topology, present(plan.topology.kafka)
    after = (("namespace", topology.system), ("network", topology.system))
    owner = Owner(topology, NAME, "kafka", ("kafka", NAME), after)
    files = configuration(topology, kafka)
    ports = [common.service_port("clients", CLIENTS), common.service_port("controllers", CONTROLLERS)]
    yield common.account(owner)
    yield common.config(owner, f"{NAME}-configuration", files)
    # Controllers find each other before any of them can be ready.
    yield common.headless(owner, ports, unready=True)
    yield policies.allow(
        plan, owner, End(NAME, owner.selector), ingress=[among(owner, "from")], egress=[among(owner, "to")]
    )
    yield common.budget(owner)
    yield workload(owner, kafka, common.checksum(*files.values()))


def among(owner: Owner, direction: str) -> Body:
    """The brokers among themselves."""
    ports = [policies.entry(Port(CLIENTS)), policies.entry(Port(CONTROLLERS))]
    return {direction: [policies.peer(End(NAME, owner.selector))], "ports": ports}


def controllers(brokers: int) -> int:
    """How many nodes vote: the first three, or the first one."""
    return QUORUM if brokers >= QUORUM else 1


def host(topology: Topology, node: int) -> str:
    """A node's own name."""
    return f"{NAME}-{node}.{names.dns(NAME, topology.environment.namespace)}"


def configuration(topology: Topology, kafka: Kafka) -> dict[str, str]:
    """A file of properties a node, named as its pod, so that a pod needs no script to find what it is."""
    files = {f"{NAME}-{node}.properties": properties(topology, kafka, node) for node in range(kafka.brokers)}
    return {**files, "log4j2.properties": LOGGING}


def properties(topology: Topology, kafka: Kafka, node: int) -> str:
    """One node's settings; every one that guards data is written out, though it may be the default."""
    votes = node < controllers(kafka.brokers)
    name = host(topology, node)
    listeners = {"CLIENTS": CLIENTS} | ({"CONTROLLERS": CONTROLLERS} if votes else {})
    quorum = ",".join(f"{host(topology, n)}:{CONTROLLERS}" for n in range(controllers(kafka.brokers)))
    copies = min(kafka.brokers, 3)
    in_sync = 2 if copies == 3 else 1
    settings: dict[str, object] = {
        "process.roles": "broker,controller" if votes else "broker",
        "node.id": node,
        "listeners": ",".join(f"{key}://:{port}" for key, port in listeners.items()),
        "advertised.listeners": ",".join(f"{key}://{name}:{port}" for key, port in listeners.items()),
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLERS:PLAINTEXT",
        "inter.broker.listener.name": "CLIENTS",
        "controller.listener.names": "CONTROLLERS",
        "controller.quorum.bootstrap.servers": quorum,
        "log.dirs": LOGS,
        "auto.create.topics.enable": word(kafka.auto_create_topics),
        "unclean.leader.election.enable": word(kafka.unclean_leader_election),
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.retention.minutes": capacity.offset_minutes(topology.services),
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "message.max.bytes": max((t.max_message_bytes for t in topology.topics.values()), default=MEBIBYTE),
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def word(value: bool) -> str:
    """A boolean as Java spells it."""
    return "true" if value else "false"


def workload(owner: Owner, kafka: Kafka, checks: str) -> Object:
    """The StatefulSet. Parallel: no node is ready before a majority runs. Its claims outlive it."""
    version = labels.version(kafka.image)
    spec: Body = {
        "replicas": kafka.brokers,
        "serviceName": NAME,
        "podManagementPolicy": "Parallel",
        "minReadySeconds": SETTLE,
        "updateStrategy": {"type": "RollingUpdate"},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "selector": {"matchLabels": owner.selector},
        "template": common.template(owner, version, pod(owner, kafka), checks),
        "volumeClaimTemplates": [common.claim("data", kafka.volume)],
    }
    body: Body = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": owner.metadata(version=version),
        "spec": spec,
    }
    return owner.object(body, holds=f"volume {NAME}")


def pod(owner: Owner, kafka: Kafka) -> Body:
    """The pod of a node: format where nothing is formatted, then run."""
    mounts = [
        pods.config_mount("configuration", SETTINGS, f"{NAME}-configuration"),
        Mount("data", DATA, read_only=False),
        pods.scratch(),
    ]
    variables = list(pods.WHO_AM_I)
    format_ = pods.container(
        "format",
        kafka.image,
        kafka.resources,
        command=formatting(owner.topology, kafka),
        env=variables,
        mounts=mounts,
    )
    ports = [pods.port("clients", CLIENTS), pods.port("controllers", CONTROLLERS)]
    main = pods.container(
        NAME,
        kafka.image,
        kafka.resources,
        command=java(java_options(kafka), "kafka.Kafka", f"{SETTINGS}/$(POD_NAME).properties"),
        env=variables,
        ports=ports,
        lifecycle=pods.pre_stop(1),
        mounts=mounts,
        # The port opens when the broker has been let in by the controllers.
        readinessProbe={"tcpSocket": {"port": "clients"}, **pods.timing(5, 3, 3)},
        # Dumb on purpose: a slow broker that recovers its logs must not be killed for it. And rare: each is a program that is started.
        livenessProbe={"exec": {"command": ["/bin/sh", "-c", "kill -0 1"]}, **pods.timing(60, 5, 3)},
    )
    return pods.spec(
        NAME,
        [main],
        mounts,
        initContainers=[format_],
        terminationGracePeriodSeconds=STOP,
        topologySpreadConstraints=pods.spread(owner.selector, strict=True),
    )


def java_options(kafka: Kafka) -> list[str]:
    """The heap, and where the log goes. Not by JAVA_TOOL_OPTIONS: Kafka's tools, run beside a broker, would take it too."""
    heap = kafka.heap // MEBIBYTE
    log = f"-Dlog4j2.configurationFile={SETTINGS}/log4j2.properties"
    compiler = QUICK if kafka.heap < GIBIBYTE else []
    return [f"-Xms{heap}m", f"-Xmx{heap}m", "-XX:+ExitOnOutOfMemoryError", *compiler, log]


def java(options: list[str], program: str, *arguments: str) -> list[str]:
    """A program of Kafka; works in the public image and in one that holds nothing but the jars."""
    return ["java", *options, "-cp", "/opt/kafka/libs/*", program, *arguments]


def formatting(topology: Topology, kafka: Kafka) -> list[str]:
    """Format an empty volume; a formatted one is left as it is.

    Every id comes from the system's name, so that all nodes agree without talking. What this cannot see: a voter whose
    volume was emptied comes back as the same voter. One such at a time is caught up by the others; two are a loss.
    """
    words = [
        "format",
        "--ignore-formatted",
        "--cluster-id",
        identity(topology, "cluster"),
        "--config",
        f"{SETTINGS}/$(POD_NAME).properties",
    ]
    voters = [
        f"{node}@{host(topology, node)}:{CONTROLLERS}:{identity(topology, f'node {node}')}"
        for node in range(controllers(kafka.brokers))
    ]
    return java(QUICK, "kafka.tools.StorageTool", *words, "--initial-controllers", ",".join(voters))


def identity(topology: Topology, what: str) -> str:
    """One of Kafka's ids: 16 bytes in base64. Never with a leading dash, which its own tools take for an option."""
    for attempt in range(256):
        text = f"{topology.system}/{topology.environment.name}/{what}/{attempt}"
        name = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).decode().rstrip("=")
        if not name.startswith("-"):
            return name
    raise AssertionError("no id without a leading dash")
