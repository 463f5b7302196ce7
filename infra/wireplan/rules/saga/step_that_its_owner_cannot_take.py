"""A step of a saga over an edge that the topology does not have.

What: a saga calls or undoes a method of a service that its owner does not call, sends (to do or to undo) to a topic that it does not publish, or awaits one that it does not
consume.
Why: what a service may reach follows from its calls and topics: the network denies the rest, and the service has no client, no deadline and no retries for it. A step
that cannot be taken turns every saga back; an undo that cannot be called leaves every one that turns back half done.
Fix: add the service to the owner's calls, or the topic to what it publishes or consumes.
Source: NetworkPolicies deny what no edge of the model allows (SEC002 of the list: an edge of the model without its allow); spec row F3.4.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, add, rule
from wireplan.topology.types import Saga, SagaStep, Service, Topology


@rule("SAG004", Severity.ERROR)
def step_that_its_owner_cannot_take(topology: Topology) -> Iterator[Fault]:
    """The edges of steps against those of the owner; each missing edge is told once a saga."""
    for saga in topology.sagas.values():
        owner, told = topology.services[saga.owner], set[tuple[str, str]]()
        for index, step in enumerate(saga.steps):
            for key, noun, name in missing(owner, step):
                if (noun, name) not in told:
                    told.add((noun, name))
                    yield out_of_reach(saga, index, key, noun, name)


def missing(owner: Service, step: SagaStep) -> Iterator[tuple[str, str, str]]:
    """Key of the step, key of the owner and name of each edge that is not there."""
    for key, target in (("call", step.call), ("undo", step.undo_call)):
        callee = (target or "").partition(".")[0]
        if callee and callee != owner.name and callee not in owner.calls:
            yield key, "calls", callee
    if step.send and step.send not in owner.publishes:
        yield "send", "publishes", step.send
    if step.undo_send and step.undo_send not in owner.publishes:
        yield "undo", "publishes", step.undo_send
    if step.awaits and step.awaits not in owner.consumes:
        yield "await", "consumes", step.awaits


def out_of_reach(saga: Saga, index: int, key: str, noun: str, name: str) -> Fault:
    """What happens when the step is to be taken."""
    step = saga.steps[index]
    after = "what the step did is never undone" if key == "undo" else AFTER[noun]
    return Fault(
        path=("sagas", saga.name, "steps", index, key),
        what=f'saga "{saga.name}" {SAID[key]} "{name}" in step "{step.name}", but its owner "{saga.owner}" {LACKS[noun]}',
        why=f'1. "{saga.owner}" comes to "{step.name}". 2. {NEEDS[noun]}, and "{name}" is not in it. 3. So {after}.',
        fix=f"add {name} to services.{saga.owner}.{noun}",
        mend=add(("services", saga.owner, noun), name),
        related=((("services", saga.owner), "the owner"),),
    )


SAID = {"call": "calls", "undo": "undoes by", "send": "sends to", "await": "awaits"}
"""How a step's edge is said."""
LACKS = {
    "calls": "does not call it",
    "publishes": "does not publish to it",
    "consumes": "does not consume it",
}
"""How its absence is said."""
NEEDS = {
    "calls": "Its NetworkPolicy and its clients follow from what it calls",
    "publishes": "Its producer and its rights at the brokers follow from what it publishes",
    "consumes": "Records come to it by what it consumes",
}
"""What an edge gives a service."""
AFTER = {
    "calls": "all attempts of the step fail, in every saga",
    "publishes": "the record never goes out, and every saga fails here",
    "consumes": "the answer comes to nobody who waits, and every saga fails here by its timeout",
}
"""What its absence does to a step."""
