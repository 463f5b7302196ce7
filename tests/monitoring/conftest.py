"""A system with one of everything that is watched, and the reference system."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from wireplan.model.system import System
from wireplan.rim import sources
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Topology

from tests.topology.conftest import SCHEMA

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube" / "topology.yaml"
ENVIRONMENTS = ("local", "staging", "prod")

SHOP: dict[str, Any] = {
    "system": "shop",
    "environment": {"mtls": "builtin"},
    "edges": {
        "public": {
            "host": "shop.example",
            "routes": [
                {"path": "/", "to": "web", "objective": "99%"},
                {"path": "/slow/", "to": "web", "objective": "90%"},
                {"path": "/slow/est", "to": "web"},
                {"path": "/films/", "to": "bucket films", "objective": "99%"},
            ],
        }
    },
    "services": {
        "web": {
            "kind": "gateway",
            "calls": {
                "orders": {"deadline": "2s"},
                "tips": {"critical": False, "fallback": {"cache": "fast", "ttl": "30s", "max_stale": "10m"}},
            },
            "rate_limit": {"per": "principal", "rate": "20/s", "burst": 40, "store": "fast"},
            "replicas": 3,
            "graphql": True,
            "externals": ["mail"],
        },
        "orders": {"serves": "x.v1.A", "database": "orders", "publishes": ["order.placed"], "replicas": 2},
        "tips": {"serves": "x.v1.A", "replicas": 1},
        "mail": {
            "database": "mail",
            "consumes": {
                "order.placed": {"group": "mail", "handler": "20s", "retries": ["5s", "1m"], "catch_up": "1h"}
            },
            "replicas": 2,
        },
    },
    "topics": {
        "order.placed": {"pattern": "point-to-point", "message": "x.v1.Made", "key": "id", "partitions": 6}
    },
    "sagas": {
        "sale": {
            "owner": "orders",
            "steps": [
                {"name": "a", "call": "tips.Put", "undo": "tips.Put"},
                {"name": "b", "call": "tips.Put", "pivot": True},
            ],
        }
    },
    "databases": {"main": {"databases": ["orders", "mail"]}},
    "caches": {"fast": {}},
    "externals": {"mail": {"url": "https://mail.example"}},
    "buckets": {"films": {"uploads_through": "public"}},
}


def shop(**more: Any) -> Topology:
    """The system with one of everything; `more` takes the place of its parts."""
    return resolve(System.model_validate({**SHOP, **more}), SCHEMA)


@cache
def tube(environment: str) -> Topology:
    """The reference system."""
    return sources.topology(TUBE, environment)


@pytest.fixture(params=["shop", *ENVIRONMENTS])
def topology(request: pytest.FixtureRequest) -> Topology:
    """The shop, and tube in each of its environments."""
    return shop() if request.param == "shop" else tube(str(request.param))
