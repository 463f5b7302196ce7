"""Systems to make mutations of: drawn ones, the same in every run, and the reference system."""

from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from wireplan.topology.contracts import Schema

from tests.rules.mutating import Host, host_in
from tests.rules.systems import schema_of, systems

ROOT = Path(__file__).resolve().parents[2]


@st.composite
def hosts(draw: st.DrawFn) -> Host:
    """A drawn system, with contracts or without."""
    document = draw(systems())
    return Host("drawn", document, schema_of(document) if draw(st.booleans()) else Schema())


@cache
def drawn(number: int) -> tuple[Host, ...]:
    """So many drawn systems."""
    found: list[Host] = []

    @seed(number)
    @settings(
        max_examples=number,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(hosts())
    def gather(host: Host) -> None:
        found.append(host)

    gather()
    return tuple(found)


@cache
def reference() -> Host:
    """The reference system."""
    return host_in(ROOT / "stacks" / "tube" / "topology.yaml")


def topology_files() -> list[Path]:
    """Every valid topology in the repository that people are shown."""
    return sorted(file for room in ("stacks", "examples") for file in (ROOT / room).glob("*/topology.yaml"))


def pool(number: int) -> tuple[Host, ...]:
    """The reference system and so many drawn ones."""
    return (reference(), *drawn(number))
