"""A promise that no drill shows to be kept.

What: in a system with drills, a durable topic, a database with rpo 0s, a saga, or a call with a fallback that is held by none; a drill that breaks nothing of what its promise stands on, nor anything that takes it down; one
without a negative control; or one that holds what may be lost, and does not say when the system has come to rest.
Why: a drill that cannot fail is worse than none, since it is believed. What was never seen to fail may look at the wrong place; what is judged while records are on their way takes delay for loss, or
loss for delay; and a fault beside the way of a record shows nothing of it. Of a system without drills nothing is claimed, so nothing is said.
Fix: name the promise in holds of a drill that breaks a part of its way; control: {change: PATH, to: VALUE}, a weakening with which it was seen to fail; quiet: {stable: 5s, within: 3m}.
Source: Jepsen's checkers (jepsen/src/jepsen/checker.clj: total-queue is valid only when drained; a history in which nothing became stable is unknown, not valid); rows F1.5, F2.5.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import listed
from wireplan.topology.impact import falls
from wireplan.topology.promises import Promise, promises
from wireplan.topology.types import Drill, Topology


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
