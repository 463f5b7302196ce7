"""No dead-letter topic; one that forgets sooner, or that one disk keeps."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, group, topic in host.groups():
        if group.dead_letter is None or group.dead_letter in host.document["topics"]:
            continue
        yield host.put(False, *path, "dead_letter")
        yield host.put("1d", "topics", group.dead_letter, "retention")
        if topic.min_insync_replicas > 1:
            yield host.put(1, "topics", group.dead_letter, "min_insync_replicas")
