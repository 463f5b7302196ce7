"""What the engine does, as lines for a person: each object when it is done, and what is still waited for."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wireplan.rim.program.protection import Step

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent

QUIET_SECONDS = 15.0
SIGNS = {
    "create": "+",
    "update": "~",
    "delete": "-",
    "replace": "±",
    "create-replacement": "±",
    "delete-replaced": "-",
}
COMPONENTS = "wireplan:"
NEVER_SHOWN = frozenset({"same", "read", "refresh"})


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource whose step failed, and what the engine says of it."""

    urn: str
    message: str


@dataclass
class Progress:
    """Listens to the engine. `say` gets each line."""

    say: Any
    now: Any = time.monotonic
    started: dict[str, float] = field(default_factory=dict[str, float])
    told: dict[str, str] = field(default_factory=dict[str, str])
    steps: list[Step] = field(default_factory=list[Step])
    counts: Counter[str] = field(default_factory=Counter[str])
    failures: list[Failure] = field(default_factory=list[Failure])
    last: float = 0.0

    def event(self, event: "EngineEvent") -> None:
        """One event of the engine."""
        if event.resource_pre_event:
            self.begun(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self.ended(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self.started.pop(str(event.res_op_failed_event.metadata.urn), None)
        elif event.diagnostic_event:
            self.diagnosed(event.diagnostic_event)

    def begun(self, step: Any) -> None:
        """A step begins; in a preview this is all there is of it."""
        operation = str(step.op.value)
        self.counts[operation] += 1
        old, new = (state.inputs if state else None for state in (step.old, step.new))
        self.steps.append(Step(operation, str(step.urn), old, new))
        if operation not in NEVER_SHOWN and not internal(step.urn):
            self.started[str(step.urn)] = self.now()

    def ended(self, step: Any) -> None:
        """A step is done."""
        begun = self.started.pop(str(step.urn), None)
        self.told.pop(str(step.urn), None)
        if begun is not None:
            sign = SIGNS.get(str(step.op.value), "*")
            self.tell(f"  {sign} {title(step.urn):48} {self.now() - begun:6.1f} s")

    def diagnosed(self, event: Any) -> None:
        """What the engine or a provider says: errors are kept, the rest is the latest word on a resource."""
        message = str(event.message).strip()
        if event.severity == "error" and message:
            self.failures.append(Failure(str(event.urn or ""), message))
        elif event.urn and message:
            self.told[str(event.urn)] = message

    def tell(self, line: str) -> None:
        """Say a line, and note when."""
        self.last = self.now()
        self.say(line)

    def tick(self) -> None:
        """Say what is waited for, if nothing has been said for a while."""
        if self.started and self.now() - self.last > QUIET_SECONDS:
            self.tell("    waiting for " + "; ".join(self.waiting()))

    def waiting(self) -> list[str]:
        """What has begun and is not done, with the latest word on it."""
        # Copies: the engine's events come in another thread than the ticks.
        told = dict(self.told)
        return [
            f"{title(urn)} ({short(told[urn])})" if urn in told else title(urn) for urn in list(self.started)
        ]


class Ticking:
    """Calls `tick` now and then while the engine is silent."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> "Ticking":
        self.progress.last = self.progress.now()
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def run(self) -> None:
        """Until the work is done."""
        while not self.done.wait(1.0):
            self.progress.tick()


def internal(urn: object) -> bool:
    """Stack, provider and components, which are done when their parts are."""
    kind = kind_of(urn)
    return kind.startswith(("pulumi:", COMPONENTS))


def kind_of(urn: object) -> str:
    """The type of a resource."""
    return str(urn).split("::")[2].rpartition("$")[2]


def title(urn: object) -> str:
    """A resource for people: `Deployment upload`."""
    return f"{kind_of(urn).rpartition(':')[2]} {str(urn).rpartition('::')[2]}"


def short(message: str) -> str:
    """One line, not too long."""
    line = " ".join(message.split())
    return line if len(line) <= 100 else line[:99] + "…"
