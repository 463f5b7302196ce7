"""A system that is resolved again after each edit comes out as one that is resolved for the first time."""

import copy
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from wireplan.load.parse import parse
from wireplan.load.shape import built
from wireplan.topology import again, resolve
from wireplan.topology.contracts import Schema

from tests.topology.conftest import tube

TUBE = Path(__file__).parents[2] / "stacks" / "tube" / "topology.yaml"
WRITTEN = parse(TUBE.read_text(), "topology.yaml")[0].data
# Without defaults for calls, so that deadlines and attempts follow from what is around them; and the namespace does not follow from the name.
DATA = {key: value for key, value in WRITTEN.items() if key != "defaults"} | {
    "environment": {"namespace": "t"}
}

EDITS: list[tuple[str, Any]] = [
    ("system", "pipe"), ("environment", {"namespace": "t", "storage_class": "fast"}), ("environment", {"profile": "dev"}), ("environment", {"namespace": "other"}),
    ("environment", {"postgres": "external"}),
    ("defaults/calls/deadline", "2s"), ("defaults/calls/retry", 1), ("defaults/consumes", {"handler": "70s"}),
    ("defaults/services", {"tier": "secondary"}), ("defaults/services", {"pool": {"max": 3}}),
    ("edges/public/budget", "4s"), ("edges/public/host", "other.example"), ("edges/public/port", 8443),
    ("edges/cdn/routes/0/to", "catalog"),
    ("services/gateway/calls/auth/deadline", "300ms"), ("services/gateway/calls/catalog", {"retry": 3}),
    ("services/gateway/calls/auth", None), ("services/gateway/rate_limit/store", "slow"),
    ("services/auth/tier", "secondary"), ("services/auth/serves", ["a.v1.Other", "tube.auth.v1.AuthService"]),
    ("services/auth/calls", {"catalog": {}}), ("services/catalog/calls", {"statistics": {"retry": 5}}), ("services/auth/tokens/audience", "all"),
    ("services/auth/environment", {"LOG": "more"}),
    ("services/processing/replicas", 5), ("services/processing/consumes/video.uploaded/handler", "90s"),
    ("services/upload/database", None), ("services/catalog/database", "statistics"),
    ("services/processing/shutdown", {"pre_stop": "7s"}), ("services/gateway/graphql", True),
    ("topics/video.uploaded/message", "tube.events.v1.VideoProcessed"), ("topics/video.uploaded/version", "size"), ("topics/video.processed/key", "title"),
    ("topics/video.processed/retention", "30d"), ("topics/video.uploaded/partitions", 7),
    ("kafka/brokers", 1),
    ("databases/main/instances", 1), ("databases/main/pooler", True), ("databases/main/databases", ["accounts"]),
    ("databases/second", {"instances": 3, "databases": ["uploads", "processing", "catalog", "statistics", "notifications"]}),
]  # fmt: skip


def edited(data: Any, path: str, value: Any) -> Any:
    """The data with another value at a path; without it where there is none."""
    found = copy.deepcopy(data)
    node: Any = found
    *above, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in above:
        node = node[step] if isinstance(step, int) else node.setdefault(step, {})
    if value is None:
        node.pop(last, None)
    else:
        node[last] = value
    return found


def sound(data: Any) -> bool:
    """Whether what the services of some data refer to is there; resolve does not ask."""
    listed = [name for cluster in data["databases"].values() for name in cluster.get("databases", [])]
    owned = [s["database"] for s in data["services"].values() if s and "database" in s]
    return set(owned) <= set(listed)


@given(st.lists(st.integers(0, len(EDITS) - 1), min_size=1, max_size=6))
def test_an_edited_system_resolves_as_if_it_were_new(edits: list[int]) -> None:
    kept, data, schema = again.Again(), DATA, contracts()
    for edit in (None, *edits, None):
        data = DATA if edit is None else edited(data, *EDITS[edit])
        if sound(data):
            system = built(data)
            assert resolve.resolve(system, schema, again=kept) == resolve.resolve(system, schema)


def test_each_edit_alone_resolves_as_if_it_were_new() -> None:
    for path, value in EDITS:
        kept, schema = again.Again(), contracts()
        for data in (DATA, edited(DATA, path, value), DATA):
            if sound(data):
                system = built(data)
                now = resolve.resolve(system, schema, again=kept)
                assert now == resolve.resolve(system, schema), path


def test_a_service_that_nothing_changed_for_is_not_resolved_again() -> None:
    kept, schema = again.Again(), contracts()
    before = resolve.resolve(built(DATA), schema, again=kept)
    after = resolve.resolve(built(edited(DATA, "services/gateway/graphql", value=True)), schema, again=kept)
    same = {name for name in before.services if before.services[name] is after.services[name]}
    assert same == set(before.services) - {"gateway"}


def contracts() -> Any:
    """The contracts of the reference system."""
    found = tube("local")
    return Schema(found.contracts, found.messages, found.proto_files)
