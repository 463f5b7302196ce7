"""A caller that keeps to one address; a callee that has only one."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, _ in host.calls():
        yield host.put("pick_first", *path, "load_balancing")
    for name in {call.callee for _, call in host.calls()}:
        yield host.put(False, "services", name, "headless")
