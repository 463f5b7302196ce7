"""Runs in a pod beside the brokers: answers what the tests ask of Kafka, a line of JSON for a line of JSON. Writes only when told to.

Only the standard library and confluent-kafka; the tests send this file's text into the pod.
"""

import base64
import json
import os
import sys
from typing import Any

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    OffsetSpec,
    ResourceType,
)

BROKERS = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "socket.timeout.ms": 10000, "log_level": 2}
SECONDS = 20.0
admin = AdminClient(BROKERS)
BEGINNING, END = OffsetSpec.earliest(), OffsetSpec.latest()


def topics() -> dict[str, Any]:
    """Partitions of each topic with leader, replicas and in-sync replicas."""
    found = admin.list_topics(timeout=SECONDS)
    return {
        name: {
            str(number): {"leader": each.leader, "replicas": sorted(each.replicas), "isrs": sorted(each.isrs)}
            for number, each in topic.partitions.items()
        }
        for name, topic in found.topics.items()
    }


def group(name: str) -> dict[str, Any]:
    """State and members of a consumer group."""
    found = admin.describe_consumer_groups([name], request_timeout=SECONDS)[name].result()
    members = [
        {
            "instance": member.group_instance_id,
            "host": member.host.lstrip("/"),
            "client": member.client_id,
            "partitions": sorted(
                f"{each.topic}/{each.partition}" for each in member.assignment.topic_partitions
            ),
        }
        for member in found.members
    ]
    return {"state": found.state.name, "members": members, "coordinator": found.coordinator.id}


def offsets(name: str) -> dict[str, Any]:
    """Where a group stands in each partition, and where the partition ends."""
    request = [ConsumerGroupTopicPartitions(name)]
    done = admin.list_consumer_group_offsets(request, request_timeout=SECONDS)[name].result()
    committed = {
        (each.topic, each.partition): each.offset for each in done.topic_partitions if each.offset >= 0
    }
    places = [TopicPartition(topic, number) for topic, number in committed]
    ends = _list(places, END)
    return {
        f"{topic}/{number}": {"committed": offset, "end": ends[topic, number]}
        for (topic, number), offset in committed.items()
    }


def lag(groups: dict[str, list[str]]) -> int:
    """Records that groups have still to handle, in their topics; a partition without a commit counts from its beginning."""
    total = 0
    known = admin.list_topics(timeout=SECONDS).topics
    for name, wanted in groups.items():
        places = [TopicPartition(topic, number) for topic in wanted for number in known[topic].partitions]
        begin, end = _list(places, BEGINNING), _list(places, END)
        request = [ConsumerGroupTopicPartitions(name)]
        done = admin.list_consumer_group_offsets(request, request_timeout=SECONDS)[name].result()
        committed = {
            (each.topic, each.partition): each.offset for each in done.topic_partitions if each.offset >= 0
        }
        total += sum(max(0, end[place] - committed.get(place, begin[place])) for place in end)
    return total


def ends(topic: str) -> dict[str, int]:
    """The end offset of each partition."""
    places = [
        TopicPartition(topic, number)
        for number in admin.list_topics(topic, timeout=SECONDS).topics[topic].partitions
    ]
    return {str(number): offset for (_, number), offset in _list(places, END).items()}


def read(topic: str) -> list[dict[str, Any]]:
    """Every record of a topic, from the beginning to the end as it is now."""
    places = [
        TopicPartition(topic, number)
        for number in admin.list_topics(topic, timeout=SECONDS).topics[topic].partitions
    ]
    begin, end = _list(places, BEGINNING), _list(places, END)
    left = {place for place in end if end[place] > begin[place]}
    reader = Consumer(BROKERS | {"group.id": "observer", "enable.auto.commit": False, "isolation.level": "read_committed",
                                 "enable.partition.eof": True})  # fmt: skip
    reader.assign([TopicPartition(name, number, begin[name, number]) for name, number in left])
    found: list[dict[str, Any]] = []
    while left:
        message = reader.poll(SECONDS)
        if message is None:
            raise TimeoutError(f"{topic} was not read to its end")
        place = (message.topic(), message.partition())
        if message.error() is None:
            found.append(_record(message))
            if message.offset() + 1 >= end[place]:
                left.discard(place)
        elif message.error().name() == "_PARTITION_EOF":
            left.discard(place)
    reader.close()
    return found


def send(topic: str, key: str, value: str, headers: dict[str, str]) -> dict[str, Any]:
    """Write one record, and wait for the brokers."""
    producer = Producer(BROKERS | {"acks": "all", "enable.idempotence": True})
    told: list[Any] = []
    producer.produce(
        topic,
        key=key.encode(),
        value=base64.b64decode(value),
        headers=[(name, text.encode()) for name, text in headers.items()],
        on_delivery=lambda error, message: told.append((error, message)),
    )
    producer.flush(SECONDS)
    error, message = told[0]
    if error is not None:
        raise RuntimeError(str(error))
    return {"partition": message.partition(), "offset": message.offset()}


def setting(topic: str, name: str) -> str:
    """One setting of a topic."""
    asked = ConfigResource(ResourceType.TOPIC, topic)
    return str(admin.describe_configs([asked], request_timeout=SECONDS)[asked].result()[name].value)


def configure(topic: str, name: str, value: str) -> str:
    """Change one setting of a topic; its value."""
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin.incremental_alter_configs([change], request_timeout=SECONDS)[change].result()
    return value


def _list(places: list[TopicPartition], spec: OffsetSpec) -> dict[tuple[str, int], int]:
    if not places:
        return {}
    futures = admin.list_offsets(dict.fromkeys(places, spec), request_timeout=SECONDS)
    return {(place.topic, place.partition): future.result().offset for place, future in futures.items()}


def _record(message: Any) -> dict[str, Any]:
    return {
        "partition": message.partition(),
        "offset": message.offset(),
        "key": (message.key() or b"").decode(errors="replace"),
        "value": base64.b64encode(message.value() or b"").decode(),
        "headers": {name: (text or b"").decode(errors="replace") for name, text in message.headers() or ()},
    }


QUESTIONS = {
    each.__name__: each for each in (topics, group, offsets, lag, ends, read, send, setting, configure)
}

if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"answer": QUESTIONS[asked.pop("question")](**asked)}
        except Exception as error:  # noqa: BLE001 - the tests are told
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
