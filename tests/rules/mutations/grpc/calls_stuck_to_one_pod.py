"""A caller that keeps to one address; a callee that has only one."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    called = {call.callee for _, call in host.calls() if host.topology.services[call.callee].replicas.max > 1}
    for path, call in host.calls():
        if call.callee in called:
            yield host.put("pick_first", *path, "load_balancing")
    for name in sorted(called):
        yield host.put(False, "services", name, "headless")
