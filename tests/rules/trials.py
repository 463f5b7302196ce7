"""Sagas to break: an owner, and a method that changes something and may be done twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wireplan.topology.types import Idempotency, Service

from tests.rules.mutating import Host, Mutation, Path


@dataclass(frozen=True, slots=True)
class Trial:
    """A saga called `trial` over one method, which does not stand in the system yet."""

    owner: str
    method: str

    def mutated(self, host: Host, steps: list[dict[str, Any]], at: Path, **rest: Any) -> Mutation:
        """The system with this saga; each step calls the method, and says what else it is given."""
        named = [{"name": f"step-{number}", "call": self.method, **step} for number, step in enumerate(steps)]
        return host.puts({("sagas", "trial"): {"owner": self.owner, "steps": named, **rest}}, at)


def trials(
    host: Host, *, remembered: bool = True, reached: bool = True, level: Idempotency = Idempotency.IDEMPOTENT
) -> Iterator[Trial]:
    """Each owner with a database, or without one, and a method of a service that it calls, or does not."""
    for owner in host.services():
        if (owner.database is not None) is not remembered:
            continue
        for callee in host.services():
            called = callee.name == owner.name or callee.name in owner.calls
            method = written(host, callee, level)
            if method is not None and called is reached:
                yield Trial(owner.name, f"{callee.name}.{method}")


def written(host: Host, service: Service, level: Idempotency) -> str | None:
    """A method of a service that writes and may be repeated, or another `level`, by its contract; where there is none to ask, `Put`."""
    if not service.serves:
        return None
    known = [host.topology.contracts[name] for name in service.serves if name in host.topology.contracts]
    methods = [method for contract in known for method in contract.methods.values()]
    if not known:
        return "Put"
    return next((each.name for each in methods if each.idempotency is level), None)
