"""A promise that no drill shows to be kept.

What: in a system with drills, a durable topic, a database with rpo 0s, a saga, or a call with a fallback that is held by none; a drill that breaks nothing of what its promise stands on, nor anything that takes it down; one
without a negative control; one that holds what may be lost, and does not say when the system has come to rest; or one that holds what nobody promises.
Why: a drill that cannot fail is worse than none, since it is believed. What was never seen to fail may look at the wrong place; what is judged while records are on their way takes delay for loss, or
loss for delay; and a fault beside the way of a record shows nothing of it. Of a system without drills nothing is claimed, so nothing is said.
A drill that holds what nobody promises passes by luck, or fails where nothing is wrong: a record that may be lost was lost.
Fix: name the promise in holds of a drill that breaks a part of its way; control: {change: PATH, to: VALUE}, a weakening with which it was seen to fail; quiet: {stable: 5s, within: 3m}; for what is not promised the promise (durable, rpo: 0s, a fallback), or nothing in holds.
Source: Jepsen's checkers (jepsen/src/jepsen/checker.clj: total-queue is valid only when drained; a history in which nothing became stable is unknown, not valid); rows F1.5, F2.5.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, listed, term
from wireplan.topology.impact import falls
from wireplan.topology.promises import Promise, promises
from wireplan.topology.types import Drill, Path, Topology


@rule("DRL001", Severity.ERROR, dev=Severity.WARNING)
def promise_that_no_drill_shows(topology: Topology) -> Iterator[Fault]:
    """Every drill by itself, then what none of them holds."""
    if not topology.drills:
        return
    every = promises(topology)
    for drill in topology.drills.values():
        known = {held: every[held] for held in drill.holds if held in every}
        missing = lacks(drill, known)
        if missing:
            yield unproved(drill, missing)
        broken = {each.part for each in drill.breaks}
        beside = [held for held, promise in known.items() if not broken & promise.stands_on]
        fallen = falls(topology, broken) if beside else frozenset[str]()
        for index, held in enumerate(drill.holds):
            if held in beside and not fallen & known[held].stands_on:
                yield aside(drill, index, known[held])
            if held not in every:
                yield from unpromised(topology, drill, index)
    held = {each for drill in topology.drills.values() for each in drill.holds}
    yield from (undrilled(each) for each in every.values() if each.name not in held)


def lacks(drill: Drill, known: dict[str, Promise]) -> list[str]:
    """What keeps the verdict of a drill from meaning anything. An answer in place of a callee's is judged while the callee is away."""
    lost = any(each.path[0] != "services" for each in known.values())
    return [
        *(["control"] if drill.control is None else []),
        *(["quiet"] if drill.quiet is None and lost else []),
    ]


STEPS = {
    "control": "It was never seen to fail: it may look at the wrong place, or at nothing.",
    "quiet": "It does not wait for rest: what is on its way looks lost, and what is lost looks on its way.",
}
"""What a drill does for want of each."""
WRITE = {
    "control": "control: {change: PATH, to: VALUE}, with which it was seen to fail",
    "quiet": "quiet: {stable: 5s, within: 3m}",
}


def unproved(drill: Drill, missing: list[str]) -> Fault:
    """A drill whose verdict means nothing."""
    return Fault(
        path=("drills", drill.name),
        what=f'drill "{drill.name}" has no {" and no ".join(missing)}, so that it shows nothing when it passes',
        why=f"{' '.join(STEPS[each] for each in missing)} When it passes, it is believed that {listed(drill.holds)} held.",
        fix="; ".join(WRITE[each] for each in missing),
    )


def aside(drill: Drill, index: int, promise: Promise) -> Fault:
    """A promise that none of a drill's faults can touch."""
    broken = listed(each.part for each in drill.breaks)
    stands = listed(sorted(promise.stands_on))
    return Fault(
        path=("drills", drill.name, "holds", index),
        what=f'drill "{drill.name}" breaks nothing that {promise.name} stands on',
        why=f'It breaks {broken}; {promise.name} stands on {stands}, and none of it falls with that. Whatever becomes of it when one of them falls, "{drill.name}" passes.',
        fix=f"break one of {stands}, or take {promise.name} out of holds",
    )


def unpromised(topology: Topology, drill: Drill, index: int) -> Iterator[Fault]:
    """A guarantee of a drill that the system does not give."""
    held = drill.holds[index]
    found = instead(topology, *held.split(".", 1))
    if found is None:
        return
    at, said, fix = found
    yield Fault(
        path=("drills", drill.name, "holds", index),
        what=f'drill "{drill.name}" holds {held}, of which nothing is promised',
        why=f"{term(topology, said, at)}. Whether it holds this time is luck: the drill may fail with nothing wrong, and when it passes it is believed that it always holds.",
        fix=f"{fix}; or take {held} out of holds",
        related=((at, "what is said of it"),),
    )


def instead(topology: Topology, noun: str, name: str) -> tuple[Path, str, str] | None:
    """What the system says in place of a promise: where, what, and how it would promise.

    None of what this environment does not have, and of a database that is too small in dev to promise what it may promise elsewhere.
    """
    if noun == "topics" and name in topology.topics:
        return ("topics", name, "durable"), "Its records may be lost (durable: false)", "durable: true"
    if noun == "databases" and name in topology.databases:
        rpo = topology.databases[name].rpo
        if rpo is None and topology.environment.profile == "dev":
            return None
        small = "It says no rpo, and has too few instances to promise one"
        return (
            ("databases", name, "rpo"),
            f"{duration(rpo)} of its writes may be lost" if rpo else small,
            "rpo: 0s",
        )
    caller, _, callee = name.partition(".calls.")
    if noun == "services" and caller in topology.services and callee in topology.services[caller].calls:
        said = f"{caller} fails without {callee}"
        return ("services", caller, "calls", callee), said, "critical: false and a fallback that answers"
    return None


def undrilled(promise: Promise) -> Fault:
    """A promise in a system with drills that none of them speaks of."""
    stands = listed(sorted(promise.stands_on))
    return Fault(
        path=promise.path,
        what=f"no drill shows {promise.said}",
        why=f"The system has drills, and none of them holds {promise.name}: who reads them takes for shown what was never tried.",
        fix=f"{promise.name} in holds of a drill that breaks one of {stands}",
        severity=Severity.WARNING,
    )
