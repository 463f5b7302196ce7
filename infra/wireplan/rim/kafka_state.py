"""What Kafka says of its partitions and groups, as JSON. Runs inside the cluster, in a pod of the tools image.

Only the standard library and confluent-kafka may be imported here: the text of this file is what the pod is given.
"""

# The client is installed in the image, not where the repository is checked; and it has no types.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingParameterType=false

import json
import os
import sys

SECONDS = 15


def main() -> None:
    """Print the state; groups to ask for are the arguments."""
    from confluent_kafka.admin import AdminClient

    admin = AdminClient({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 2})
    metadata = admin.list_topics(timeout=SECONDS)
    behind = [
        [topic.name, number]
        for topic in metadata.topics.values()
        for number, partition in topic.partitions.items()
        if len(partition.isrs) < len(partition.replicas)
    ]
    lags = {group: lag(admin, group) for group in sys.argv[1:]}
    print(json.dumps({"brokers": sorted(metadata.brokers), "behind": sorted(behind), "lags": lags}))


def lag(admin, group: str) -> "dict[str, int]":
    """Records that a group has not read yet, by topic."""
    from confluent_kafka import ConsumerGroupTopicPartitions
    from confluent_kafka.admin import OffsetSpec

    asked = [ConsumerGroupTopicPartitions(group)]
    held = next(iter(admin.list_consumer_group_offsets(asked, request_timeout=SECONDS).values())).result()
    read = {(one.topic, one.partition): one for one in held.topic_partitions if one.offset >= 0}
    ends = (
        admin.list_offsets({one: OffsetSpec.latest() for one in read.values()}, request_timeout=SECONDS)
        if read
        else {}
    )
    found: dict[str, int] = {}
    for where, future in ends.items():
        missing = future.result().offset - read[where.topic, where.partition].offset
        found[where.topic] = found.get(where.topic, 0) + max(0, missing)
    return found


if __name__ == "__main__":
    main()
