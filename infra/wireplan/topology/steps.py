"""What the code of a saga's steps is called: the functions that scaffold gives a person to write, one name in one class."""

import keyword
import re
from collections.abc import Iterator

from wireplan.topology import turns
from wireplan.topology.types import Saga, SagaStep, Topology

KEYS_KEPT = 90 * 86_400.0
"""Seconds for which a service remembers the keys of what sagas have asked, and their owner remembers them: the platform package is rendered with it.
Longer than a saga that is stuck waits for a person; other keys are remembered for three days."""

DONE, UNDO, KEY, ANSWERED = "_done", "_undo", "_key", "_answered"
"""Behind a step's name: what is kept of an answer, what undoes it, whose answer a record is, what is kept of that."""
WORD = re.compile(r"[^a-z0-9]+")


def module(name: str) -> str:
    """A name as a module's, a function's or a variable's: `video.uploaded` and `video-uploaded` are `video_uploaded`."""
    found = WORD.sub("_", name.lower()).strip("_")
    return f"{found}_" if keyword.iskeyword(found) else found


def functions(topology: Topology, saga: Saga, step: SagaStep) -> Iterator[str]:
    """The names of the functions of a step."""
    name = module(step.name)
    if step.call or step.send:
        yield name
    if step.call and not own(saga, step.call) and turns.level(topology, step.call) is not None:
        yield f"{name}{DONE}"
    if step.undo:
        yield f"{name}{UNDO}"
    if step.awaits:
        yield from (f"{name}{KEY}", f"{name}{ANSWERED}")


def own(saga: Saga, target: str) -> bool:
    """Whether a method is its owner's own, which is called in the transaction of the step."""
    return target.partition(".")[0] == saga.owner


REQUEST_ID = "request_id"
"""The field of a request that carries its idempotency key: the same in every attempt."""


def keyed(topology: Topology, target: str) -> bool:
    """Whether the request of `service.Method` has a field for the key."""
    found = turns.method(topology, target)
    return found is not None and REQUEST_ID in topology.messages.get(found.request, ())
