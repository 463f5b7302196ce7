"""A method that writes, or that may write, or that a saga takes, reads from replicas."""

from collections.abc import Iterator

from wireplan.topology.types import Idempotency

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        if service.database is None:
            continue
        contracts = [
            host.topology.contracts[name] for name in service.serves if name in host.topology.contracts
        ]
        taken = [
            target
            for saga in host.topology.sagas.values()
            for step in saga.steps
            for target in (step.call, step.undo)
        ]
        writes = [
            method.name
            for contract in contracts
            for method in contract.methods.values()
            if method.idempotency is not Idempotency.NO_SIDE_EFFECTS
        ]
        steps = [
            target.partition(".")[2]
            for target in taken
            if target and target.partition(".")[0] == service.name
        ]
        for method in dict.fromkeys([*writes, *steps]):
            place = ("services", service.name, "reads_from_replicas")
            yield host.puts({place: [method]}, (*place, method))
