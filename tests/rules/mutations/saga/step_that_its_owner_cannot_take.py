"""A step over a call, or a topic, that its owner does not have."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation
from tests.rules.trials import trials


def mutations(host: Host) -> Iterator[Mutation]:
    for trial in trials(host, reached=False):
        yield trial.mutated(host, [{}], ("sagas", "trial", "steps", 0, "call"))
    for service in host.services():
        if service.database:
            for topic in [each.name for each in host.topics() if each.name not in service.publishes][:1]:
                step = {"name": "send", "send": topic}
                saga = {"owner": service.name, "steps": [step]}
                yield host.puts({("sagas", "trial"): saga}, ("sagas", "trial", "steps", 0, "send"))
