"""What makes a saga end either done or undone: who remembers it, how far it can turn back, how long it waits, and what each step leaves to be undone."""

from collections.abc import Iterator

from wireplan.findings import Finding
from wireplan.reasons.facts import Fact, Found, Stage, harmless, told
from wireplan.records import dataclass
from wireplan.rules.words import duration, term
from wireplan.topology import steps, turns
from wireplan.topology.types import Idempotency, Path, Saga, SagaStep, Topology


@dataclass(frozen=True, slots=True)
class Answer:
    """A saga and all that is known of it; the first stage is the saga as a whole, each further one a step."""

    saga: Saga
    environment: str
    stages: tuple[Stage, ...]
    findings: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()

    @property
    def safe(self) -> bool:
        """Whether no error or warning is found that nobody accepted."""
        return harmless(self.findings)


def answer(topology: Topology, saga: Saga, found: Found) -> Answer:
    """The whole answer to `wireplan why saga NAME`."""
    stages = tuple(stated(topology, saga))
    findings, waived = told((fact for each in stages for fact in each.facts), found)
    return Answer(saga, topology.environment.name, stages, findings, waived)


def stated(topology: Topology, saga: Saga) -> Iterator[Stage]:
    """The saga, then its steps."""
    path: Path = ("sagas", saga.name)
    yield Stage(f"sagas.{saga.name}", path, tuple(of_saga(topology, saga)))
    last = len(turns.forward(saga)) - 1
    for index, step in enumerate(saga.steps):
        code = Fact(
            "in code", ", ".join(steps.functions(topology, saga, step)), (*path, "steps", index), ("SAG006",)
        )
        facts = (*of_act(topology, saga, index), *of_turn(topology, saga, index, last), code)
        yield Stage(step.name, (*path, "steps", index), facts)


def of_saga(topology: Topology, saga: Saga) -> Iterator[Fact]:
    """Owner, time, and the point of no return."""
    path, database = ("sagas", saga.name), topology.services[saga.owner].database
    kept = (
        f"the step that is reached stands in its database {database.name}, where any of its pods finds it"
        if database
        else "it has no database, so that a saga is forgotten with the pod that began it"
    )
    yield Fact("owner", f"{saga.owner}: {kept}", (*path, "owner"), ("SAG003",))
    forward = turns.forward(saga)
    needed = duration(turns.patience(forward))
    there = f"the {'step' if len(forward) == 1 else f'{len(forward)} steps'} up to the pivot take {needed} with all attempts"
    said = f"{duration(saga.timeout)}, then it turns back; {there}"
    yield Fact("timeout", said, (*path, "timeout"), ("SAG002", "SAG007"))
    yield of_pivot(saga, len(forward) - 1)


def of_pivot(saga: Saga, index: int) -> Fact:
    """The step that decides."""
    path: Path = ("sagas", saga.name, "steps")
    step, further = saga.steps[index], [n for n, each in enumerate(saga.steps) if each.pivot and n != index]
    which = f"{step.name}, step {index + 1} of {len(saga.steps)}"
    if further:
        said = f"{which}, and {saga.steps[further[0]].name} as well: both cannot decide"
        return Fact("pivot", said, (*path, further[0], "pivot"), ("SAG001",))
    named = which if step.pivot else f"none is named, so it is the last: {which}"
    said = f"{named}; until it is done the saga turns back, from then on it only goes forward"
    return Fact("pivot", said, (*path, index, "pivot"), ("SAG001",))


def of_act(topology: Topology, saga: Saga, index: int) -> Iterator[Fact]:
    """What a step does, what ends it, and how long it may take."""
    step, path, owner = saga.steps[index], ("sagas", saga.name, "steps", index), topology.services[saga.owner]
    if step.call:
        yield Fact("calls", called(topology, saga, step.call), (*path, "call"), ("SAG004",))
        yield Fact("repeated", repeated(topology, saga, step.call), (*path, "call"), ("SAG005",))
    elif step.send:
        lacks = "" if step.send in owner.publishes else f", which {owner.name} does not publish"
        yield Fact("sends", f"a record to {step.send}{lacks}", (*path, "send"), ("SAG004",))
    else:
        yield Fact("begins", f"what {saga.owner} did in the transaction that began the saga", path)
    if step.awaits:
        lacks = "" if step.awaits in owner.consumes else f", which {owner.name} does not consume"
        yield Fact("ends", f"with a record of {step.awaits}{lacks}", (*path, "await"), ("SAG004",))
    if step.call or step.send:
        yield Fact("time", time(topology, step, path), (*path, "timeout"), ("SAG002",))


def time(topology: Topology, step: SagaStep, path: Path) -> str:
    """How long a step may take: all its attempts, or one of those that have no end."""
    each = term(topology, duration(step.timeout), (*path, "timeout"))
    if step.retry == turns.UNTIL_DONE:
        return f"{each} for each attempt"
    attempts = f"{step.attempts} attempt{'' if step.attempts == 1 else 's'}"
    together = duration(step.attempts * step.timeout)
    return f"{term(topology, attempts, (*path, 'attempts'))} x {each} = {together}"


def called(topology: Topology, saga: Saga, target: str) -> str:
    """A method, and the deadline of the owner's calls to its service."""
    callee = target.partition(".")[0]
    call = topology.services[saga.owner].calls.get(callee)
    if callee == saga.owner:
        return f"{target}, its own"
    if call is None:
        return f"{target}, which {saga.owner} does not call"
    deadline = ("services", saga.owner, "calls", callee, "deadline")
    return f"{target}, which {saga.owner} calls with a deadline of {term(topology, duration(call.deadline), deadline)}"


def repeated(topology: Topology, saga: Saga, target: str) -> str:
    """Why a method may be called again by who goes on with the saga of another that was killed."""
    if steps.own(saga, target):
        return "never: it is done in the transaction that notes the step"
    level = turns.level(topology, target)
    if level is None:
        return "when its answer is lost; no contract was read that says whether it may"
    if steps.keyed(topology, target):
        return "when its answer is lost, with the same key (request_id), by which it knows what it has done"
    twice = "does not say that it may come twice" if level is Idempotency.UNKNOWN else f"says {level.value}"
    return f"when its answer is lost; its contract {twice}"


def of_turn(topology: Topology, saga: Saga, index: int, last: int) -> Iterator[Fact]:
    """How a step is undone before the pivot, and how it goes on after it."""
    step, path = saga.steps[index], ("sagas", saga.name, "steps", index)
    yield Fact("undo", undone(topology, step, index - last), (*path, "undo"), ("SAG001", "SAG004"))
    if index > last:
        on = (
            "until it is done: there is no way back"
            if step.retry == turns.UNTIL_DONE
            else f"{step.attempts} times, and is given up then, though there is no way back"
        )
        yield Fact("goes on", on, (*path, "retry"), ("SAG001",))


def undone(topology: Topology, step: SagaStep, beyond: int) -> str:
    """What compensates a step; `beyond` is its place after the pivot, 0 the pivot itself."""
    if beyond > 0:
        return (
            "never: it comes after the pivot"
            if step.undo is None
            else f"{step.undo}, which is never called: it comes after the pivot"
        )
    if step.undo_send:
        return f"a record to {step.undo_send}, which may come twice as any record may"
    if step.undo_call:
        level = turns.level(topology, step.undo_call)
        if level is None:
            return f"{step.undo_call}, of which no contract was read"
        twice = (
            "does not say that it may be done twice"
            if level is Idempotency.UNKNOWN
            else f"says {level.value}, so that it may be done twice"
        )
        return f"{step.undo_call}: its contract {twice}"
    if beyond == 0:
        return "none is needed: where it is not done, nothing is to be undone of it"
    return (
        "none is needed: it changes nothing"
        if not turns.changes(topology, step)
        else "none: what it did stays"
    )
