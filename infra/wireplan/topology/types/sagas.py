"""Work across services that is undone where it cannot be finished."""

from wireplan.records import dataclass


@dataclass(frozen=True, slots=True)
class SagaStep:
    """One step of a saga: a call or a send, its undo, its place before or after the pivot.

    One with neither is what the owner has done in the transaction that began the saga.
    """

    name: str
    call: str | None
    send: str | None
    awaits: str | None
    undo: str | None  # service.Method | topic NAME
    undo_call: str | None
    undo_send: str | None
    changes: bool  # of a send: whether it leaves anything behind
    timeout: float
    attempts: int
    pivot: bool
    retry: str


@dataclass(frozen=True, slots=True)
class Saga:
    """Orchestrated work across services with compensations (spec rows F3.4, F3.7)."""

    name: str
    owner: str
    timeout: float
    steps: tuple[SagaStep, ...]
