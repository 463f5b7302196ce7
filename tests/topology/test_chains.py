"""Chains of calls: cycles, attempts that multiply, and what requests of an edge cannot do without."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from wireplan.topology.chains import (
    LIMIT,
    arrivals,
    attempts,
    chains,
    components,
    needed,
    onto,
    way,
    worst,
)
from wireplan.topology.types import Call, OriginKind, Topology

from tests.topology.conftest import system

GRAPHS = st.dictionaries(
    st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefg"), unique=True, max_size=4), min_size=1
).map(
    lambda out: {
        name: [each for each in calls if each in out and each != name] for name, calls in out.items()
    }
)


def services(calls: dict[str, Any], **parts: Any) -> Topology:
    """A system of services that call each other."""
    parts = {name: {"serves": f"x.v1.S{name}", "calls": called} for name, called in calls.items()} | parts
    return system(services=parts)


def reaches(out: dict[str, list[str]], start: str) -> set[str]:
    """What can be come to in one step or more."""
    found, waiting = set[str](), [start]
    while waiting:
        new = [each for each in out[waiting.pop()] if each not in found]
        found.update(new)
        waiting += new
    return found


def spelled(calls: tuple[Call, ...]) -> str:
    """A way in letters."""
    return "".join([calls[0].caller, *(call.callee for call in calls)])


@given(GRAPHS)
def test_components_are_the_nodes_that_reach_each_other_callers_first(out: dict[str, list[str]]) -> None:
    found = components(out)
    assert sorted(name for names in found for name in names) == sorted(out)
    of = {name: number for number, names in enumerate(found) for name in names}
    for name, called in out.items():
        assert all(of[name] <= of[callee] for callee in called)
        for other in out:
            mutual = other in reaches(out, name) and name in reaches(out, other)
            assert (of[name] == of[other]) == (mutual or name == other)


@given(GRAPHS)
def test_a_cycle_is_a_way_back_to_where_it_begins(out: dict[str, list[str]]) -> None:
    found = chains(services(out))
    for cycle in found.cycles:
        assert cycle[0].caller == cycle[-1].callee
        assert all(one.callee == next_.caller for one, next_ in pairwise(cycle))
    assert bool(found.cycles) == any(name in reaches(out, name) for name in out)


def test_a_chain_of_thousands_is_walked_without_recursion() -> None:
    out = {str(each): [str(each + 1)] for each in range(5000)} | {"5000": list[str]()}
    assert list(components(out))[::2500] == [("0",), ("2500",), ("5000",)]
    assert len(components(out | {"5000": ["0"]})) == 1


def test_the_worst_path_is_told_with_its_product() -> None:
    topology = services(
        {
            "a": {"b": {"retry": 2}, "c": {"retry": 3}},
            "b": {"d": {"retry": 2}},
            "c": {"d": {"retry": 2}},
            "d": {"e": {"retry": 1}},
            "e": {},
        }
    )
    found = chains(topology)
    table, below = worst(topology, found), onto(topology, found)
    assert {name: each.attempts for name, each in table.items()} == {"a": 1, "b": 2, "c": 3, "d": 6, "e": 6}
    assert spelled(way(table, table["e"].last)) == "acde"
    assert (below["a"].attempts, below["a"].repeating, below["d"].attempts) == (6, 2, 1)
    assert arrivals(topology, found, "a") == {"a": 1, "b": 2, "c": 3, "d": 2 * 2 + 3 * 2, "e": 10}


def test_methods_that_may_not_be_repeated_are_called_once() -> None:
    parts = {
        "g": {"kind": "gateway", "calls": {"a": {"retry": 3, "methods": ["Add"]}}},
        "a": {"serves": "x.v1.A"},
    }
    topology = system(services=parts)
    assert attempts(topology, topology.services["g"].calls["a"]) == 1
    parts["g"]["calls"]["a"] = {"retry": 3}  # pyright: ignore
    topology = system(services=parts)
    assert attempts(topology, topology.services["g"].calls["a"]) == 3


@given(GRAPHS, st.data())
def test_attempts_that_are_not_written_keep_every_path_within_the_limit(
    out: dict[str, list[str]], data: st.DataObject
) -> None:
    """As far as those that are written leave room: a path of none, or of one that is within, stays within (RPC006)."""
    names = sorted(out)
    calls = {name: {callee: {} for callee in out[name] if callee > name} for name in names}
    pairs = [(name, callee) for name in names for callee in calls[name]]
    if pairs:
        name, callee = data.draw(st.sampled_from(pairs))
        calls[name][callee] = {"retry": data.draw(st.integers(1, LIMIT))}
    topology = services(calls)
    assert all(each.attempts <= LIMIT for each in worst(topology, chains(topology)).values())


def test_the_innermost_calls_are_repeated_and_show_says_why_the_others_are_not() -> None:
    topology = services({"a": ["b"], "b": ["c"], "c": ["d"], "d": []})
    assert [topology.services[each].calls[chr(ord(each) + 1)].retry.attempts for each in "abc"] == [1, 2, 2]
    outer = topology.origin("services", "a", "calls", "b", "retry", "attempts")
    assert (outer.kind, "more than 4" in outer.reason) == (OriginKind.DERIVED, True)
    assert topology.origin("services", "b", "calls", "c", "retry", "attempts").kind is OriginKind.DEFAULT


def test_what_an_edge_needs_ends_at_what_may_be_missing() -> None:
    topology = system(
        edges={"e": {"host": "h", "routes": [{"path": "/", "to": "g"}, {"path": "/x", "to": "h"}]}},
        services={
            "g": {"kind": "gateway", "calls": {"a": {}, "tips": {"fallback": "empty"}}},
            "h": {"kind": "http", "serves_http": "http2", "tier": "secondary"},
            "a": {"serves": "x.v1.A", "calls": ["b"]},
            "b": {"serves": "x.v1.B"},
            "tips": {"serves": "x.v1.T", "tier": "secondary", "calls": ["c"]},
            "c": {"serves": "x.v1.C"},
        },
    )
    found = needed(topology)
    assert list(found) == ["g", "a", "b"]
    assert spelled(way(found, found["b"].last)) == "gab"


def test_a_call_without_time_for_a_second_attempt_has_one_unless_more_are_written() -> None:
    """RPC004 would else warn of attempts that nobody asked for."""
    calls = {"b": {"deadline": "100ms"}, "c": {"deadline": "130ms"}, "d": {"deadline": "100ms", "retry": 2}}
    topology = services({"a": calls, "b": [], "c": [], "d": []})
    assert [call.retry.attempts for call in topology.services["a"].calls.values()] == [1, 2, 2]
    origin = topology.origin("services", "a", "calls", "b", "retry", "attempts")
    assert (origin.kind, origin.reason) == (
        OriginKind.DERIVED,
        "a second could not begin before the deadline (RPC004)",
    )
