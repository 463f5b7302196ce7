"""The circle closes where the second, in the order of the file, calls the first."""

from collections.abc import Iterator
from itertools import combinations

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    call = {"critical": False, "fallback": {"kind": "empty"}, "retry": {"attempts": 1}}
    serving = [service for service in host.services() if service.serves]
    for first, second in combinations(serving, 2):
        there = ("services", first.name, "calls", second.name)
        back = ("services", second.name, "calls", first.name)
        if first.name not in second.calls and nothing_between(host, first.name, second.name):
            yield host.puts({**({} if second.name in first.calls else {there: call}), back: call}, back)


def nothing_between(host: Host, first: str, second: str) -> bool:
    """Whether no service that stands earlier in the file would be in the circle, too: it would then begin there."""
    names = list(host.topology.services)
    before = set(names[: names.index(first)])
    return not before & reached(host, second)


def reached(host: Host, name: str) -> set[str]:
    """What a service comes to by its calls."""
    found, waiting = set[str](), [name]
    while waiting:
        new = [each for each in host.topology.services[waiting.pop()].calls if each not in found]
        found.update(new)
        waiting += new
    return found
