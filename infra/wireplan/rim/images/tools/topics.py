"""Make Kafka topics as the model says: create, grow, configure. Never shrink, never delete.

The planning is a pure function of what is wanted and what is there; below it stands what talks to Kafka.
"""

# The client is installed in the image, not where the repository is checked; and it has no types.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wireplan.rim.images.tools.waiting import CannotError, NotYetError, until

REQUEST_SECONDS = 15
SETTLE_SECONDS = 60


@dataclass(frozen=True)
class Topic:
    """A topic as it shall be, or as it is; `config` holds what is set for the topic itself, no defaults."""

    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Step:
    """What to do about one topic. `refused` says why it cannot become what is wanted."""

    wanted: Topic
    create: bool = False
    grow: bool = False
    configure: Mapping[str, str] = field(default_factory=dict[str, str])
    refused: str = ""

    @property
    def still(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.create or self.grow or self.configure)

    def line(self) -> str:
        """The step as the Job's log shows it."""
        words = ["created"] if self.create else []
        words += [f"grown to {self.wanted.partitions} partitions"] if self.grow else []
        words += (
            ["configured " + ", ".join(f"{key}={value}" for key, value in sorted(self.configure.items()))]
            if self.configure
            else []
        )
        words += [self.refused] if self.refused else []
        return f"topic {self.wanted.name}: {'; '.join(words) or 'unchanged'}"


def plan(wanted: Iterable[Topic], present: Mapping[str, Topic]) -> list[Step]:
    """A step for each wanted topic; topics that nobody wants are not looked at."""
    return [step(topic, present.get(topic.name)) for topic in wanted]


def step(wanted: Topic, present: Topic | None) -> Step:
    """What to do so that `present` becomes `wanted`."""
    if present is None:
        return Step(wanted, create=True)
    return Step(
        wanted,
        grow=wanted.partitions > present.partitions,
        configure={key: value for key, value in wanted.config.items() if present.config.get(key) != value},
        refused=refusal(wanted, present),
    )


def refusal(wanted: Topic, present: Topic) -> str:
    """Why `present` cannot become `wanted`, or nothing."""
    if wanted.partitions < present.partitions:
        return f"would shrink from {present.partitions} to {wanted.partitions} partitions: refused, Kafka can only delete and lose"
    if wanted.replication_factor > present.replication_factor:
        return (
            f"has replication factor {present.replication_factor}, not {wanted.replication_factor}: "
            "refused, reassign its partitions with Kafka's own tool"
        )
    return ""


def read(document: Sequence[Mapping[str, Any]]) -> list[Topic]:
    """The wanted topics from the Job's file."""
    return [
        Topic(
            str(one["name"]),
            int(one["partitions"]),
            int(one["replication_factor"]),
            {str(key): str(value) for key, value in one.get("config", {}).items()},
        )
        for one in document
    ]


def run(document: Sequence[Mapping[str, Any]]) -> int:
    """Bring Kafka to what `document` says and print a line a topic; 1 when something was refused."""
    from confluent_kafka.admin import AdminClient

    wanted = read(document)
    admin = AdminClient({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 2})
    brokers = max((topic.replication_factor for topic in wanted), default=1)
    steps = plan(wanted, until(lambda: present(admin, wanted, brokers)))
    for one in steps:
        apply(admin, one)
        print(one.line(), flush=True)
    until(lambda: settled(admin, wanted, brokers), SETTLE_SECONDS)
    return 1 if any(one.refused for one in steps) else 0


def present(admin: Any, wanted: Sequence[Topic], brokers: int) -> dict[str, Topic]:
    """The wanted topics that are there, once enough brokers are."""
    from confluent_kafka import KafkaException

    try:
        metadata = admin.list_topics(timeout=REQUEST_SECONDS)
        if len(metadata.brokers) < brokers:
            raise NotYetError(f"{len(metadata.brokers)} of {brokers} brokers are there")
        held = {topic.name: metadata.topics[topic.name] for topic in wanted if topic.name in metadata.topics}
        configs = topic_configs(admin, list(held))
    except KafkaException as error:
        raise NotYetError(f"Kafka does not answer yet: {error.args[0].str()}") from error
    return {
        name: Topic(
            name,
            len(one.partitions),
            min((len(p.replicas) for p in one.partitions.values()), default=0),
            configs[name],
        )
        for name, one in held.items()
    }


def topic_configs(admin: Any, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What is set for each topic itself. A default that happens to be right does not count: it may change with the broker."""
    from confluent_kafka.admin import ConfigResource, ConfigSource, ResourceType

    if not names:
        return {}
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for resource, future in admin.describe_configs(resources, request_timeout=REQUEST_SECONDS).items():
        entries = future.result().values()
        own = (entry for entry in entries if ConfigSource(entry.source) == ConfigSource.DYNAMIC_TOPIC_CONFIG)
        found[resource.name] = {entry.name: entry.value for entry in own}
    return found


def apply(admin: Any, one: Step) -> None:
    """Carry out one step.

    Raises:
        CannotError: Kafka refused it.
    """
    from confluent_kafka import KafkaError, KafkaException

    for request in requests(admin, one):
        for future in request.values():
            try:
                future.result()
            except KafkaException as error:
                # Another run of this Job came first; `settled` looks at what came of it.
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise CannotError(f"topic {one.wanted.name}: {error.args[0].str()}") from error


def requests(admin: Any, one: Step) -> Iterable[Mapping[Any, Any]]:
    """The requests of a step, each sent when it is asked for."""
    from confluent_kafka.admin import (
        AlterConfigOpType,
        ConfigEntry,
        ConfigResource,
        NewPartitions,
        NewTopic,
        ResourceType,
    )

    topic = one.wanted
    if one.create:
        new = NewTopic(topic.name, topic.partitions, topic.replication_factor, config=dict(topic.config))
        yield admin.create_topics([new], request_timeout=REQUEST_SECONDS)
    if one.grow:
        yield admin.create_partitions(
            [NewPartitions(topic.name, topic.partitions)], request_timeout=REQUEST_SECONDS
        )
    if one.configure:
        entries = [
            ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
            for key, value in one.configure.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic.name, incremental_configs=entries)
        yield admin.incremental_alter_configs([resource], request_timeout=REQUEST_SECONDS)


def settled(admin: Any, wanted: Sequence[Topic], brokers: int) -> None:
    """Look again: a broker that just started may not know a new topic yet."""
    open_steps = [one for one in plan(wanted, present(admin, wanted, brokers)) if not one.still]
    if open_steps:
        raise NotYetError(f"Kafka does not show it yet: {open_steps[0].line()}")
