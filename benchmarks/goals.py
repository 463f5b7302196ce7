"""The goals, each a comparison of rows of one run."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from works import FAR, ONE, Table

# CPU seconds of helm 3.18.6 and of cdk8s 2.70 in Node, measured on 2026-11-24 with a floor of the same hour, for machines that have
# neither: at 1000 services 1.84 s and 8.9 s beside 0.31 s of 'dicts + own writer'.
HELM_AT_1000 = 1.84 / 0.31
CDK8S_NODE_AT_1000 = 8.9 / 0.31


@dataclass(frozen=True)
class Judged:
    """A goal with its figure: `measured` must be at most `limit`. None: a row is missing."""

    number: int
    goal: str
    limit: float
    measured: float | None
    unit: str = "x"

    @property
    def holds(self) -> bool | None:
        """Whether it holds; None when it was not measured."""
        return None if self.measured is None else self.measured <= self.limit


LOADS = ("read", "read, logged in", "upload")
"""What load.py asks of the gateways."""


def judged(table: Table) -> list[Judged]:
    """All goals that this script can measure."""
    found: list[Judged] = []
    for number, goal, limit, figure, unit in _goals(table):
        try:
            measured = figure()
        except (KeyError, ZeroDivisionError, ValueError):
            measured = None
        found.append(Judged(number, goal, limit, measured, unit))
    return found


def _goals(table: Table) -> Iterator[tuple[int, str, float, Callable[[], float], str]]:
    def cpu(row: str, size: int) -> float:
        return table[row][size].cpu

    def ratio(row: str, floor: str, size: int) -> Callable[[], float]:
        return lambda: cpu(row, size) / cpu(floor, size)

    def memory(row: str, size: int) -> Callable[[], float]:
        return lambda: table[row][size].memory

    def marginal(row: str) -> float:
        return (cpu(row, 1000) - cpu(row, 100)) / 900

    def exponent(row: str) -> Callable[[], float]:
        return lambda: math.log((cpu(row, FAR) - cpu(row, 10)) / (cpu(row, 1000) - cpu(row, 10)), FAR / 1000)

    def most(what: str) -> Callable[[], float]:
        return lambda: max(
            getattr(cells[ONE], what) for name, cells in table.items() if name.startswith("start: ")
        )

    for size, limit in ((10, 2.0), (100, 2.0), (1000, 3.0)):
        yield (
            1,
            f"validate at {size}: at most {limit:g}x parse + pydantic",
            limit,
            ratio("validate", "floor: parse + pydantic", size),
            "x",
        )
    yield (
        1,
        "each further service: at most 5x what CSafeLoader takes",
        5.0,
        lambda: marginal("validate") / marginal("floor: CSafeLoader"),
        "x",
    )
    yield 2, "validate at 1000: faster than kubeconform", 1.0, ratio("validate", "kubeconform", 1000), "x"
    yield 2, "validate at 1000: memory", 100.0, memory("validate", 1000), "MiB"
    yield 3, "render at 1000: not slower than helm template", 1.0, ratio("render", "helm template", 1000), "x"
    yield 3, "render at 10: within 5x of helm template", 5.0, ratio("render", "helm template", 10), "x"
    yield (
        3,
        "render at 1000: not slower than helm once was (as a multiple of the floor)",
        HELM_AT_1000,
        ratio("render", "floor: dicts + own writer", 1000),
        "x floor",
    )
    yield (
        3,
        "render at 1000: 5x faster than cdk8s in Node (as a multiple of the floor)",
        CDK8S_NODE_AT_1000 / 5,
        ratio("render", "floor: dicts + own writer", 1000),
        "x floor",
    )
    yield 3, "render at 1000: memory", 130.0, memory("render", 1000), "MiB"
    yield (
        3,
        "the renderer alone at 1000: at most 3x dicts + own writer",
        3.0,
        lambda: (
            (cpu("render", 1000) - cpu("validate", 1000))
            / (cpu("floor: dicts + own writer", 1000) - cpu("bare python", ONE))
        ),
        "x",
    )
    yield (
        4,
        "scaffold at 100: at most 2x jinja2 on the same files",
        2.0,
        ratio("scaffold", "floor: jinja2, the same files", 100),
        "x",
    )
    yield (
        4,
        "scaffold at 100: 6x faster than Copier on the same files",
        1 / 6,
        ratio("scaffold", "copier, the same files", 100),
        "x",
    )
    for row in ("validate", "render", "scaffold"):
        yield 5, f"growth of {row} from 1000 to {FAR}: exponent", 1.1, exponent(row), ""
    yield 7, "--help: at most 1.5x import typer", 1.5, ratio("--help", "floor: import typer", ONE), "x"
    yield (
        8,
        "an edit at 1000 services shows its findings: milliseconds on the clock",
        200.0,
        lambda: table["editor, 1000 services: another deadline"][ONE].wall * 1000,
        "ms",
    )
    for load in LOADS:
        yield (
            9,
            f"gateway, {load}: CPU of a request, at most 15 % above the bare framework",
            1.15,
            ratio(f"gateway, {load}: with the platform", f"gateway, {load}: bare framework", ONE),
            "x",
        )
    yield 10, "the slowest of tube's services: seconds until it is ready", 2.0, most("wall"), "s"
    yield 10, "the largest of tube's services: memory", 90.0, most("memory"), "MiB"
