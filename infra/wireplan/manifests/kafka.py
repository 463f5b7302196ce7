"""Kafka, as the chosen provider makes it, and the topics."""

import json
from collections.abc import Iterator

from wireplan.manifests import common, labels, pods, policies, traffic
from wireplan.manifests.common import Owner
from wireplan.manifests.providers import kafka as providers
from wireplan.manifests.thing import Body, Images, Object, Plan, present, thing
from wireplan.topology.types import Resources, Topic, Topology

JOB = "kafka-topics"
FOLDER, FILE = "/etc/wireplan", "topics.json"
OBSERVE_SECONDS = 60
MEBIBYTE = 2**20
JOB_RESOURCES = Resources(cpu_request=20, memory_request=64 * MEBIBYTE, memory_limit=256 * MEBIBYTE)


@thing("kafka", rank=20)
def kafka(plan: Plan) -> Iterator[Object]:
    """The cluster."""
    if plan.topology.kafka:
        yield from providers.provider(plan.topology).objects(plan)


@thing("topics", rank=25)
def topics(plan: Plan) -> Iterator[Object]:
    """A Job that creates, grows and configures topics, and never shrinks or deletes one; the account and the policy of pods that ask.

    Where the provider makes topics itself, the pods of `wireplan status` and `wireplan dead-letters` alone go by the two.
    """
    topology = plan.topology
    if not observable(topology):
        return
    owner = Owner(
        topology, JOB, "topics", ("topics", "kafka"), (("kafka", "kafka"), ("network", topology.system))
    )
    if providers.provider(topology).TOPICS_BY_JOB:
        yield from by_job(plan, owner)
    else:
        yield common.account(owner)
        yield policies.allow(plan, owner, traffic.pods(topology, JOB))


def by_job(plan: Plan, owner: Owner) -> Iterator[Object]:
    """The Job, its list, and what it goes by."""
    topology = plan.topology
    wanted = json.dumps([settings(topic) for _, topic in sorted(topology.topics.items())], indent=2) + "\n"
    image = plan.image("tools")
    name = f"{JOB}-{common.short_hash(wanted, image)}"
    yield common.account(owner)
    # The same name for every list, so that what a change takes away from a topic is seen as a change.
    yield common.config(owner, JOB, {FILE: wanted})
    yield policies.allow(plan, owner, traffic.pods(topology, JOB))
    yield common.job(owner, name, labels.version(image), pod(topology, image))


def observable(topology: Topology) -> bool:
    """Whether there is something to ask: then there are an account and a policy for pods of ours that do."""
    return bool(topology.kafka and topology.topics)


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


def observer(topology: Topology, images: Images, name: str, script: str) -> Body:
    """A pod that asks Kafka what it says of itself, and ends."""
    groups = {c.group for s in topology.services.values() for c in s.consumes.values()}
    return asking(topology, images, name, ["python3", "-c", script, *sorted(groups)], OBSERVE_SECONDS)


def asking(topology: Topology, images: Images, name: str, command: list[str], seconds: int) -> Body:
    """A pod that asks Kafka something, and ends. It goes under the Job's labels, whose policy lets it; it has no token and no secret."""
    plan = Plan(topology, images, {})
    owner = Owner(topology, JOB, "topics", ("topics", "kafka"))
    variables = pods.plain({"KAFKA_BOOTSTRAP": present(topology.kafka).bootstrap})
    one = pods.container(
        "observer",
        plan.image("tools"),
        JOB_RESOURCES,
        command=command,
        env=variables,
        mounts=[pods.scratch()],
    )
    spec = pods.spec(JOB, [one], [pods.scratch()], restartPolicy="Never", activeDeadlineSeconds=seconds)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": owner.metadata(name), "spec": spec}


def pod(topology: Topology, image: str) -> Body:
    """The Job's pod."""
    mounts = [pods.config_mount("topics", FOLDER, JOB), pods.scratch()]
    variables = pods.plain({"KAFKA_BOOTSTRAP": present(topology.kafka).bootstrap})
    one = pods.container(
        "topics", image, JOB_RESOURCES, args=["topics", f"{FOLDER}/{FILE}"], env=variables, mounts=mounts
    )
    return pods.spec(JOB, [one], mounts)
