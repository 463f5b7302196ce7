"""The first service that reads a topic publishes to it."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    awaited = {(saga.owner, step.awaits) for saga in host.topology.sagas.values() for step in saga.steps}
    sent = {
        (each.name, way.topic) for each in host.topology.services.values() for way in each.channels.values()
    }
    for topic in host.topics():
        readers = host.readers(topic.name)
        first = readers[0].service if readers else ""
        ordered = any(group.ordering == "key" for group in readers)
        if readers and not ordered and (first, topic.name) not in awaited | sent:
            yield host.put({}, "services", first, "publishes", topic.name)
