"""Deadlines shrink hop by hop, and a pod ends only after what it is in the middle of (spec row F1.2)."""

import pytest
from wireplan.model.system import System
from wireplan.topology.chains import HOP
from wireplan.topology.deadlines import outermost_first, within

from tests.topology.conftest import system, tube

CHAIN = {
    "edges": {"e": {"host": "h", "budget": "2s", "routes": [{"path": "/", "to": "g"}]}},
    "services": {
        "g": {"kind": "gateway", "calls": ["a"]},
        "a": {"serves": "x.v1.A", "calls": ["b"]},
        "b": {"serves": "x.v1.B"},
    },
}


def test_a_written_deadline_stands() -> None:
    assert tube().services["gateway"].calls["auth"].deadline == 2.0


def test_a_deadline_that_is_not_written_fits_into_what_the_caller_has() -> None:
    """RPC004. One deadline spans all attempts of a call, so attempts need no time of their own (gRFC A6)."""
    topology = system(
        **{**CHAIN, "edges": {"e": {"host": "h", "budget": "900ms", "routes": [{"path": "/", "to": "g"}]}}}
    )
    outer = topology.services["g"].calls["a"].deadline
    inner = topology.services["a"].calls["b"].deadline
    assert (outer, inner) == (0.85, 0.8)
    assert outer + HOP <= 0.9
    assert inner + HOP <= outer + 1e-9


def test_a_caller_with_time_enough_gives_the_default() -> None:
    topology = system(services={"a": {"serves": "x.v1.A", "calls": ["b"]}, "b": {"serves": "x.v1.B"}})
    assert topology.services["a"].calls["b"].deadline == 1.0


def test_defaults_of_the_file_come_before_ours() -> None:
    topology = system(**CHAIN, defaults={"calls": {"deadline": "300ms", "retry": 1}})
    call = topology.services["g"].calls["a"]
    assert (call.deadline, call.retry.attempts) == (0.3, 1)


def test_calls_of_a_worker_fit_into_its_handler() -> None:
    topology = system(
        services={
            "w": {"consumes": {"t": {"handler": "500ms"}}, "calls": ["a"]},
            "a": {"serves": "x.v1.A"},
        },
        topics={"t": {"message": "x.v1.Made"}},
    )
    assert topology.services["w"].calls["a"].deadline == 0.45


def test_a_cycle_of_calls_is_cut_and_not_walked_for_ever() -> None:
    calls = {"a": "b", "b": "c", "c": "a"}
    parts = {name: {"serves": f"x.v1.{name}", "calls": [callee]} for name, callee in calls.items()}
    order = outermost_first(System.model_validate({"system": "s", "services": parts}))
    assert sorted(order) == ["a", "b", "c"]
    assert all(s.calls for s in system(services=parts).services.values())


def test_callers_come_before_callees_even_in_a_long_chain() -> None:
    parts = {f"s{i}": {"serves": f"x.S{i}", "calls": [f"s{i + 1}"] if i < 3000 else []} for i in range(3001)}
    assert outermost_first(System.model_validate({"system": "s", "services": parts}))[::1000] == [
        "s0",
        "s1000",
        "s2000",
        "s3000",
    ]


def test_what_is_left_is_never_nothing() -> None:
    assert within(0.0) == 0.01


@pytest.mark.parametrize(
    ("service", "drain"),
    [("processing", 120.0), ("auth", 2.0), ("gateway", 10.0), ("media", 10.0), ("catalog", 10.0)],
)
def test_grace_covers_the_longest_request_or_record(service: str, drain: float) -> None:
    """K8S002: preStop 5 s, the longest work, and 10 s to close."""
    shutdown = tube().services[service].shutdown
    assert (shutdown.pre_stop, shutdown.drain, shutdown.grace) == (5.0, drain, 5.0 + drain + 10.0)


def test_a_written_grace_stands() -> None:
    topology = system(services={"a": {"shutdown": {"grace": "90s"}}})
    assert topology.services["a"].shutdown.grace == 90.0
