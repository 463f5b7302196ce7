"""Two steps of a saga whose functions have one name.

What: what undoes a step, or takes its answer, is called after it in the owner's code (`order` with an undo is `order` and `order_undo`), and another step is called just so (`order-undo`).
Why: in a class the later of two functions of one name replaces the earlier without a word. One of the two steps then does what the other should: an order is placed where one is to be taken back.
Fix: another name for one of the two.
Source: docs.python.org/3/reference/compound_stmts.html#class-definitions (a name in a class body is bound anew); docs/sagas.md (what a person writes).
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.steps import functions
from wireplan.topology.types import Saga, Topology


@rule("SAG006", Severity.ERROR)
def steps_with_one_name_in_code(topology: Topology) -> Iterator[Fault]:
    """The functions of each saga; of two steps that meet in several the first is told."""
    for saga in topology.sagas.values():
        first: dict[str, int] = {}
        for index, step in enumerate(saga.steps):
            names = list(functions(topology, saga, step))
            taken = next((name for name in names if name in first), None)
            if taken is not None:
                yield replaced(saga, first[taken], index, taken)
            for name in names:
                first.setdefault(name, index)


def replaced(saga: Saga, before: int, after: int, name: str) -> Fault:
    """Two steps, and the function that both have."""
    one, other = saga.steps[before], saga.steps[after]
    return Fault(
        path=("sagas", saga.name, "steps", after),
        what=f'steps "{one.name}" and "{other.name}" of saga "{saga.name}" both have a function {name} in the code of "{saga.owner}"',
        why=f'1. scaffold writes {name} for "{one.name}", and for "{other.name}". 2. Python keeps the later one alone. 3. One of the two steps does the work of the other.',
        fix=f'another name for "{other.name}"',
        related=((("sagas", saga.name, "steps", before), "the first"),),
    )
