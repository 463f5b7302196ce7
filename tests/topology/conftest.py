"""Systems as a test writes them, resolved; and the reference system."""

from functools import cache
from pathlib import Path
from typing import Any

from wireplan.model.system import System
from wireplan.rim import sources
from wireplan.topology.contracts import Schema
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Contract, Idempotency, Method, Topology

ROOT = Path(__file__).parents[2]

SCHEMA = Schema(
    {
        "x.v1.A": Contract(
            "x.v1.A",
            {
                "Get": Method("Get", Idempotency.NO_SIDE_EFFECTS, "x.v1.GetRequest", "x.v1.GetResponse"),
                "Put": Method("Put", Idempotency.IDEMPOTENT, "x.v1.PutRequest", "x.v1.PutResponse"),
                "Add": Method("Add", Idempotency.UNKNOWN, "x.v1.AddRequest", "x.v1.AddResponse"),
            },
        )
    },
    {"x.v1.Made": ("id",)},
)


def system(**parts: Any) -> Topology:
    """The Topology of a system called `s`."""
    return resolve(System.model_validate({"system": "s", "services": {}, **parts}), SCHEMA)


@cache
def tube(environment: str | None = None) -> Topology:
    """The reference system in one environment."""
    return sources.topology(ROOT / "stacks" / "tube" / "topology.yaml", environment)
