"""A drill without its control, or without rest; one beside the way of what it holds, or of what nobody promises; a promise that none holds."""

from collections.abc import Iterator
from typing import Any

from wireplan.topology.impact import falls
from wireplan.topology.promises import Promise, promises

from tests.rules.mutating import Host, Mutation

QUIET = {"stable": "5s", "within": "3m"}


def mutations(host: Host) -> Iterator[Mutation]:
    """Drills for everything that is promised, but for one thing in one of them."""
    every = list(promises(host.topology).values())
    fallen = {each: falls(host.topology, [each]) for each in services(host)}
    whole = {f"drill-{number}": drill(host, each) for number, each in enumerate(every)}
    for (name, own), promise in zip(whole.items(), every, strict=True):
        bare = {key: value for key, value in own.items() if key != "control"}
        yield host.puts({("drills",): whole | {name: bare}}, ("drills", name))
        if promise.path[0] != "services":
            hasty = {key: value for key, value in own.items() if key != "quiet"}
            yield host.puts({("drills",): whole | {name: hasty}}, ("drills", name))
        beside = next((each for each in services(host) if not fallen[each] & promise.stands_on), None)
        if beside:
            wrong = own | {"breaks": [{"part": beside, "how": "kill"}]}
            yield host.puts({("drills",): whole | {name: wrong}}, ("drills", name, "holds", 0))
        rest = {other: each for other, each in whole.items() if other != name}
        if rest:
            yield host.puts({("drills",): rest}, promise.path)
    yield from unpromised(host, whole)


def unpromised(host: Host, whole: dict[str, Any]) -> Iterator[Mutation]:
    """One more drill, of a topic whose records may be lost, or of a call that fails its caller."""
    lossy = [f"topics.{each.name}" for each in host.topics() if not each.durable]
    critical = [
        ".".join(map(str, path)) for path, call in host.calls() if call.critical and not call.fallback
    ]
    for held in (*lossy[:1], *critical[:1]):
        own = {
            "breaks": [{"part": f"services.{host.services()[0].name}", "how": "kill"}],
            "holds": [held],
            "quiet": QUIET,
            "control": {"change": f"services.{host.services()[0].name}.tier", "to": "secondary"},
        }
        yield host.puts({("drills",): whole | {"of-luck": own}}, ("drills", "of-luck", "holds", 0))


def drill(host: Host, promise: Promise) -> dict[str, Any]:
    """A drill of one promise that shows what it should."""
    part = min(promise.stands_on)
    change = f"services.{host.services()[0].name}.tier"
    return {
        "breaks": [{"part": part, "how": "kill"}],
        "holds": [promise.name],
        "quiet": QUIET,
        "control": {"change": change, "to": "secondary"},
    }


def services(host: Host) -> list[str]:
    """Every service by its full name."""
    return [f"services.{each.name}" for each in host.services()]
