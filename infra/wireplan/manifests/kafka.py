"""Kafka, as the chosen provider makes it, and the topics."""

import json
from collections.abc import Iterator

from wireplan.manifests import common, labels, pods, policies, traffic
from wireplan.manifests.common import Owner
from wireplan.manifests.providers import kafka as providers
from wireplan.manifests.thing import Body, Object, Plan, present, thing
from wireplan.topology.types import Resources, Topic, Topology

JOB = "kafka-topics"
FOLDER, FILE = "/etc/wireplan", "topics.json"
MEBIBYTE = 2**20
JOB_RESOURCES = Resources(cpu_request=20, memory_request=64 * MEBIBYTE, memory_limit=256 * MEBIBYTE)


@thing("kafka", rank=20)
def kafka(plan: Plan) -> Iterator[Object]:
    """The cluster."""
    if plan.topology.kafka:
        yield from providers.provider(plan.topology).objects(plan)


@thing("topics", rank=25)
def topics(plan: Plan) -> Iterator[Object]:
    """A Job that creates, grows and configures topics, and never shrinks or deletes one."""
    topology = plan.topology
    if not topology.kafka or not topology.topics or not providers.provider(topology).TOPICS_BY_JOB:
        return
    owner = Owner(
        topology, JOB, "topics", ("topics", "kafka"), (("kafka", "kafka"), ("network", topology.system))
    )
    wanted = json.dumps([settings(topic) for _, topic in sorted(topology.topics.items())], indent=2) + "\n"
    image = plan.image("tools")
    name = f"{JOB}-{common.short_hash(wanted, image)}"
    yield common.account(owner)
    # The same name for every list, so that what a change takes away from a topic is seen as a change.
    yield common.config(owner, JOB, {FILE: wanted})
    yield policies.allow(plan, owner, traffic.pods(topology, JOB))
    yield common.job(owner, name, labels.version(image), pod(topology, image))


def settings(topic: Topic) -> Body:
    """What the topic shall be. `min.insync.replicas` is said a topic: under ELR a broker's own setting is not used."""
    config = {
        "cleanup.policy": topic.cleanup,
        "max.message.bytes": str(topic.max_message_bytes),
        "min.insync.replicas": str(topic.min_insync_replicas),
        "retention.ms": str(round(topic.retention * 1000)),
        "unclean.leader.election.enable": "false",
    }
    return {
        "name": topic.name,
        "partitions": topic.partitions,
        "replication_factor": topic.replication_factor,
        "config": config,
    }


def pod(topology: Topology, image: str) -> Body:
    """The Job's pod."""
    mounts = [pods.config_mount("topics", FOLDER, JOB), pods.scratch()]
    variables = pods.plain({"KAFKA_BOOTSTRAP": present(topology.kafka).bootstrap})
    one = pods.container(
        "topics", image, JOB_RESOURCES, args=["topics", f"{FOLDER}/{FILE}"], env=variables, mounts=mounts
    )
    return pods.spec(JOB, [one], mounts)
