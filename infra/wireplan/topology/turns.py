"""How far a saga can turn back, how long that takes, and which of its steps leave something to be undone."""

from wireplan.topology.types import Idempotency, Method, Path, Saga, SagaStep, Topology

UNTIL_DONE = "until-done"


def forward(saga: Saga) -> tuple[SagaStep, ...]:
    """The steps after which a saga may still turn back: those up to its pivot, which is the last one where none is named."""
    end = next((index for index, s in enumerate(saga.steps) if s.pivot), len(saga.steps) - 1)
    return saga.steps[: end + 1]


def patience(steps: tuple[SagaStep, ...]) -> float:
    """How long steps may take with all their attempts."""
    return sum(s.timeout * s.attempts for s in steps)


def level(topology: Topology, target: str) -> Idempotency | None:
    """What the contract says of `service.Method`; None where there is no contract to ask."""
    found = method(topology, target)
    return found.idempotency if found else None


def method(topology: Topology, target: str) -> Method | None:
    """`service.Method` in its contract; None where there is none to ask."""
    service, _, wanted = target.partition(".")
    for name in topology.services[service].serves:
        if name in topology.contracts and wanted in topology.contracts[name].methods:
            return topology.contracts[name].methods[wanted]
    return None


def changes(topology: Topology, step: SagaStep) -> bool:
    """Whether a step leaves something behind; one that is neither called nor sent is what began the saga."""
    if step.call is None:
        return step.changes
    return level(topology, step.call) is not Idempotency.NO_SIDE_EFFECTS


def why_retry(topology: Topology, path: Path) -> str:
    """Of a step that is repeated until it is done, though nobody wrote that."""
    own = topology.sagas[str(path[1])].steps[int(path[3])]
    return "after the pivot there is no way back (SAG001)" if own.retry == UNTIL_DONE else ""
