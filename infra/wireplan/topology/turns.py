"""How far a saga can turn back, and how long that takes."""

from wireplan.topology.types import Path, Saga, SagaStep, Topology

UNTIL_DONE = "until-done"


def forward(saga: Saga) -> tuple[SagaStep, ...]:
    """The steps after which a saga may still turn back: those up to its pivot, which is the last one where none is named."""
    end = next((index for index, s in enumerate(saga.steps) if s.pivot), len(saga.steps) - 1)
    return saga.steps[: end + 1]


def patience(steps: tuple[SagaStep, ...]) -> float:
    """How long steps may take with all their attempts."""
    return sum(s.timeout * s.attempts for s in steps)


def why_retry(topology: Topology, path: Path) -> str:
    """Of a step that is repeated until it is done, though nobody wrote that."""
    own = topology.sagas[str(path[1])].steps[int(path[3])]
    return "after the pivot there is no way back (SAG001)" if own.retry == UNTIL_DONE else ""
