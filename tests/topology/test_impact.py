"""What one failed part takes down: each kind of need, its witness, and what one copy of many does."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.topology.effects import Effect, Harm, Touched, impact_data, shown
from wireplan.topology.graph import graph
from wireplan.topology.impact import can_fail, impact
from wireplan.topology.types import Topology

from tests.topology.conftest import system, tube

FAILS, DEGRADES = Effect.FAILS, Effect.DEGRADES
EDGE = {"e": {"host": "e.example", "routes": [{"path": "/", "to": "front"}]}}
ROUTE = "edges.e.routes.0"


def behind(edges: Any = None, **parts: Any) -> Topology:
    """A system with one edge to `front`."""
    return system(edges=edges or EDGE, **parts)


def away(topology: Topology, part: str) -> Harm:
    return impact(topology)[part].whole


def route(harm: Harm, name: str = ROUTE) -> Touched | None:
    return next((each for each in harm.routes if each.id == name), None)


def flow(harm: Harm, name: str) -> Effect:
    return next((each.effect for each in harm.flows if each.id == name), Effect.UNHARMED)


def ends(touched: Touched | None) -> list[str]:
    """The parts on a way, as a person reads it."""
    assert touched is not None
    return list(dict.fromkeys([shown(touched.id), *(shown(need.target) for need in touched.way)]))


def called(**call: Any) -> Topology:
    """A gateway and what it calls."""
    services = {"front": {"kind": "gateway", "calls": {"a": call}}, "a": {"serves": "x.v1.A"}}
    return behind(services=services, caches=["fast"])


@pytest.mark.parametrize(
    ("call", "effect", "held"),
    [
        ({}, FAILS, ""),
        ({"critical": False}, FAILS, ""),
        ({"critical": False, "fallback": "error"}, FAILS, ""),
        ({"critical": True, "fallback": "empty"}, FAILS, ""),
        ({"fallback": "error"}, FAILS, ""),
        ({"fallback": "empty"}, DEGRADES, "front answers without a (fallback: empty)"),
        ({"critical": False, "fallback": "empty"}, DEGRADES, "front answers without a (fallback: empty)"),
        (
            {"critical": False, "fallback": {"cache": "fast", "max_stale": "10m"}},
            DEGRADES,
            "front answers from cache fast, up to 10m old (fallback: cache)",
        ),
    ],
    ids=[
        "critical",
        "optional, nothing instead",
        "an error is no fallback",
        "critical in spite of it",
        "an error is none for a critical call either",
        "a fallback says that it may be missing",
        "empty",
        "cache",
    ],
)
def test_a_call_fails_its_caller_unless_it_may_be_missing_and_something_is_answered(
    call: Any, effect: Effect, held: str
) -> None:
    found = route(away(called(**call), "services.a"))
    assert found is not None
    assert (found.effect, found.held, found.every) == (effect, held, False)
    assert ends(found) == [ROUTE, "services.front", "services.a"]


def test_every_request_of_a_route_fails_with_its_edge_and_with_what_it_leads_to() -> None:
    topology = called()
    for part in ("edges.e", "services.front"):
        found = route(away(topology, part))
        assert found is not None
        assert (found.effect, found.every) == (FAILS, True)


def test_a_route_to_a_bucket_fails_with_the_store() -> None:
    edges = {"e": {"host": "e.example", "routes": [{"path": "/", "to": "bucket films"}]}}
    topology = behind(edges, buckets={"films": {"uploads_through": "e"}})
    for part in ("buckets.films", "object_store"):
        found = route(away(topology, part))
        assert found is not None
        assert (found.effect, found.every) == (FAILS, True)


def test_a_cdn_plays_on_from_its_cache() -> None:
    edge = {
        "kind": "cdn",
        "host": "c.example",
        "cache": {"stale": "24h"},
        "routes": [{"path": "/", "to": "front"}],
    }
    topology = behind(
        {"e": edge}, services={"front": {"kind": "http", "buckets": {"films": "read"}}}, buckets=["films"]
    )
    for part in ("services.front", "buckets.films"):
        found = route(away(topology, part))
        assert found is not None
        assert (found.effect, found.held) == (DEGRADES, "the cache of edge e gives what it has, for 1d")
    assert route(away(topology, "edges.e")).effect is FAILS  # pyright: ignore[reportOptionalMemberAccess]


def purging() -> Topology:
    """A CDN before `front`, purged by a worker that reads what was deleted, and by a service that is called."""
    edge = {
        "kind": "cdn",
        "host": "c.example",
        "cache": {"ttl": "1h", "stale": "0s", "purged_by": ["cleaner", "admin"]},
        "routes": [{"path": "/", "to": "front"}, {"path": "/api", "to": "front", "cache": False}],
    }
    back = {"host": "b.example", "routes": [{"path": "/", "to": "desk"}]}
    services = {
        "front": {"kind": "http", "serves_http": "http2"},
        "desk": {"kind": "gateway", "calls": ["admin"]},
        "admin": {"serves": "x.v1.Admin", "database": "a", "publishes": ["gone"]},
        "cleaner": {"database": "c", "consumes": ["gone"]},
    }
    return behind(
        {"e": edge, "back": back}, services=services, topics={"gone": {"message": "x.v1.Gone"}},
        databases={"m": {"databases": ["a"]}, "n": {"databases": ["c"]}},
    )  # fmt: skip


def test_without_who_purges_a_cdn_gives_what_should_be_gone_until_its_ttl() -> None:
    held = "what cleaner would purge is given for up to 1h (ttl of edge e)"
    for part in ("services.cleaner", "databases.n", "topics.gone", "kafka"):
        found = route(away(purging(), part))
        assert found is not None, part
        assert (found.effect, found.held) == (DEGRADES, held)
        assert route(away(purging(), part), "edges.e.routes.1") is None, "what is not kept is never too old"


def test_nothing_is_to_be_purged_while_nobody_deletes() -> None:
    found = route(away(purging(), "services.desk"))
    assert found is None


def test_without_its_edge_a_purge_waits_and_nothing_else_does() -> None:
    harm = away(purging(), "edges.e")
    assert flow(harm, "services.cleaner.consumes.gone") is DEGRADES
    assert harm.nodes["services.cleaner"] is harm.nodes["services.admin"] is DEGRADES
    found = route(harm, "edges.back.routes.0")
    assert found is not None
    assert (found.effect, found.every) == (DEGRADES, False)
    assert found.held == "only what purges edge e waits for it, and is tried again"


def publishing(**publication: Any) -> Topology:
    """A gateway that has a record published, and a worker that reads it."""
    services = {
        "front": {"kind": "gateway", "calls": ["a"]},
        "a": {"serves": "x.v1.A", "database": "a", "publishes": {"t": publication}},
        "w": {"database": "w", "consumes": ["t"]},
    }
    return behind(
        services=services, topics={"t": {"message": "x.v1.Made"}}, databases={"m": {"databases": ["a", "w"]}}
    )


@pytest.mark.row("F2.4")
def test_an_outbox_keeps_what_kafka_does_not_take() -> None:
    for part in ("kafka", "topics.t"):
        found = route(away(publishing(), part))
        assert found is not None
        assert (found.effect, found.held) == (DEGRADES, "the outbox of a in its database keeps the records")


def test_a_request_that_waits_for_the_brokers_fails_without_them() -> None:
    found = route(away(publishing(outbox=False), "kafka"))
    assert found is not None
    assert (found.effect, ends(found)) == (
        FAILS,
        [ROUTE, "services.front", "services.a", "topics.t", "kafka"],
    )


def test_requests_go_on_without_the_worker_and_their_work_ends_later() -> None:
    harm = away(publishing(), "services.w")
    found = route(harm)
    assert found is not None
    assert (found.effect, found.held) == (DEGRADES, "records wait in topic t (kept 1w)")
    assert flow(harm, "services.w.consumes.t") is FAILS
    assert "services.a" in harm.nodes


def test_a_flow_waits_for_a_publisher_that_is_away_and_stops_with_its_own_service() -> None:
    topology = publishing()
    assert flow(away(topology, "services.a"), "services.w.consumes.t") is DEGRADES
    assert flow(away(topology, "services.front"), "services.w.consumes.t") is Effect.UNHARMED
    for part in ("services.w", "databases.m", "topics.t", "kafka"):
        assert flow(away(topology, part), "services.w.consumes.t") is FAILS


def test_a_dead_letter_topic_holds_only_what_cannot_be_handled() -> None:
    harm = away(publishing(), "topics.t.w.dlt")
    assert harm.routes == ()
    assert flow(harm, "services.w.consumes.t") is DEGRADES


def test_a_reader_of_records_lags_behind_when_they_do_not_come() -> None:
    services = {
        "front": {"kind": "gateway", "calls": ["catalog"]},
        "catalog": {"serves": "x.v1.A", "database": "c", "consumes": ["t"]},
        "maker": {"publishes": ["t"]},
    }
    topology = behind(
        services=services, topics={"t": {"message": "x.v1.Made"}}, databases={"m": {"databases": ["c"]}}
    )
    found = route(away(topology, "services.maker"))
    assert found is not None
    assert found.effect is DEGRADES
    assert ends(found)[-3:] == ["services.catalog.consumes.t", "topics.t", "services.maker"]


def test_a_reader_does_not_lag_behind_for_what_it_could_not_handle_anyway() -> None:
    services = {
        "front": {"kind": "gateway", "calls": ["catalog"]},
        "catalog": {"serves": "x.v1.A", "database": "c", "consumes": ["t"]},
    }
    topology = behind(
        services=services, topics={"t": {"message": "x.v1.Made"}}, databases={"m": {"databases": ["c"]}}
    )
    harm = away(topology, "topics.t.catalog.dlt")
    assert (harm.routes, flow(harm, "services.catalog.consumes.t")) == ((), DEGRADES)


def test_a_publisher_whose_requests_fail_still_sends_what_it_has() -> None:
    """Its pods are there, and so is its outbox: only new requests fail."""
    services = {
        "front": {"kind": "gateway", "calls": ["b"], "publishes": ["t"]},
        "b": {"serves": "x.v1.B"},
        "w": {"consumes": ["t"]},
    }
    harm = away(behind(services=services, topics={"t": {"message": "x.v1.Made"}}), "services.b")
    assert harm.worst is FAILS
    assert harm.flows == ()


def test_a_publisher_is_not_harmed_by_another_one_of_the_same_topic() -> None:
    services = {
        "front": {"kind": "gateway", "publishes": ["t"]},
        "other": {"publishes": ["t"]},
        "w": {"consumes": ["t"]},
    }
    harm = away(behind(services=services, topics={"t": {"message": "x.v1.Made"}}), "services.other")
    assert harm.routes == ()
    assert flow(harm, "services.w.consumes.t") is DEGRADES


@pytest.mark.parametrize(
    ("uses", "part", "effect"),
    [
        ({"database": "d"}, "databases.m", FAILS),
        ({"buckets": ["kept"]}, "buckets.kept", FAILS),
        ({"buckets": ["kept"]}, "object_store", FAILS),
        ({"externals": ["x"]}, "externals.x", FAILS),
        ({"oauth": [{"provider": "x"}]}, "externals.x", FAILS),
        ({"caches": ["c"]}, "caches.c", DEGRADES),
        ({"rate_limit": {"rate": "1/s", "burst": 1, "store": "c"}}, "caches.c", DEGRADES),
    ],
)
def test_a_service_fails_without_what_it_keeps_things_in_and_goes_on_without_a_cache(
    uses: Any, part: str, effect: Effect
) -> None:
    topology = behind(
        services={"front": {"kind": "gateway", **uses}},
        databases={"m": {"databases": ["d"]}},
        buckets=["kept"],
        caches=["c"],
        externals={"x": {"url": "https://x.example", "kind": "oidc"}},
    )
    found = route(away(topology, part))
    assert found is not None
    assert found.effect is effect


def test_pods_that_run_verify_tokens_while_their_issuer_is_away() -> None:
    services = {
        "front": {"kind": "gateway", "accepts_tokens_of": "a"},
        "a": {"serves": "x.v1.A", "tokens": {}, "database": "a"},
    }
    topology = behind(services=services, databases={"m": {"databases": ["a"]}})
    found = route(away(topology, "services.a"))
    assert found is not None
    assert found.effect is DEGRADES
    assert "pods that run keep the token keys" in found.held
    assert route(away(topology, "databases.m")) is None, "the keys do not lie in its database"


def test_a_saga_stops_with_a_step_and_a_backup_with_its_bucket() -> None:
    services = {
        "front": {"kind": "gateway", "calls": ["a"], "database": "d"},
        "a": {"serves": "x.v1.A"},
    }
    steps = [{"put": {"call": "a.Put", "undo": "a.Put"}}]
    topology = behind(
        services=services,
        databases={"m": {"databases": ["d"], "backup": {"to": "kept"}}},
        buckets=["kept"],
        sagas={"g": {"owner": "front", "steps": steps}},
    )
    assert flow(away(topology, "services.a"), "sagas.g") is FAILS
    assert flow(away(topology, "buckets.kept"), "databases.m.backup") is FAILS
    assert away(topology, "buckets.kept").routes == ()


@pytest.mark.row("F2.5")
@pytest.mark.row("F3.6")
def test_one_copy_of_several_is_taken_over() -> None:
    found = impact(tube("prod"))
    for part in ("kafka", "databases.main", "services.auth", "edges.public", "topics.video.uploaded"):
        assert found[part].copies is not None
        assert found[part].one == Harm({}, (), ()), part
        assert found[part].takeover
    assert "ListVideos of catalog read on from replicas" in found["databases.main"].takeover


@pytest.mark.parametrize(
    ("parts", "part", "copies"),
    [
        ({"kafka": {"brokers": 1}}, "kafka", 1),
        ({"databases": {"m": {"databases": ["a", "w"], "instances": 1}}}, "databases.m", 1),
        ({"object_store": {"provider": "builtin"}}, "object_store", 1),
        ({"object_store": {"provider": "external", "endpoint": "https://s3.example"}}, "object_store", None),
        ({"caches": ["c"]}, "caches.c", 1),
        ({"externals": {"x": {"url": "https://x.example"}}}, "externals.x", None),
        ({"environment": {"kafka": "external"}, "kafka": {"bootstrap": "k.example:9092"}}, "kafka", None),
    ],
)
def test_one_copy_alone_is_the_whole_and_of_what_is_not_ours_nobody_knows(
    parts: Any, part: str, copies: int | None
) -> None:
    found = impact(
        system(
            services={"a": {"database": "a"}, "w": {"database": "w"}},
            **{"databases": {"m": {"databases": ["a", "w"]}}, **parts},
        )
    )
    assert (found[part].copies, found[part].one) == (copies, None)


def test_what_one_copy_stops_is_said_where_the_others_cannot_go_on() -> None:
    base = {
        "services": {"front": {"kind": "gateway", "database": "d", "publishes": {"t": {"outbox": False}}}}
    }
    topology = behind(
        **base,
        databases={"m": {"databases": ["d"], "instances": 3, "synchronous": {"number": 2}}},
        topics={"t": {"message": "x.v1.Made", "min_insync_replicas": 3}},
    )
    found = impact(topology)
    for part in ("databases.m", "kafka", "topics.t"):
        one = found[part].one
        assert one is not None
        assert one.worst is FAILS, part


def test_two_brokers_of_which_one_decides_are_one(  # KAF003
) -> None:
    one = impact(
        behind(
            services={"front": {"kind": "gateway", "publishes": ["t"]}},
            topics={"t": {"message": "x.v1.Made"}},
            kafka={"brokers": 2},
        )
    )["kafka"].one
    assert one is not None
    assert one.worst is FAILS


def test_a_node_takes_one_copy_of_each_part_and_all_of_what_has_one() -> None:
    """Two pods of the gateway and of `a` are left one each; the database goes on; `b` and the cache are away."""
    services = {
        "front": {"kind": "gateway", "replicas": 2, "calls": {"a": {}, "b": {"fallback": "empty"}}},
        "a": {"serves": "x.v1.A", "replicas": 2, "database": "a", "caches": ["fast"]},
        "b": {"serves": "x.v1.B", "replicas": 1},
    }
    topology = behind(services=services, databases={"m": {"databases": ["a"]}}, caches=["fast"])
    found = impact(topology)["node"]
    assert (found.copies, found.one) == (None, None)
    assert found.whole.nodes == {
        "services.b": FAILS,
        "caches.fast": FAILS,
        "services.front": DEGRADES,
        "services.a": DEGRADES,
        "edges.e": DEGRADES,
    }
    assert (
        found.takeover == "At the worst one copy of each part ran on it, and all of services.b, caches.fast."
    )


@pytest.mark.parametrize(("replicas", "effect"), [(1, FAILS), (2, DEGRADES)])
def test_a_fallback_kept_in_a_cache_is_no_help_when_a_node_takes_the_cache_with_the_callee(
    replicas: int, effect: Effect
) -> None:
    services = {
        "front": {"kind": "gateway", "replicas": 2, "calls": {"a": {"fallback": {"cache": "fast"}}}},
        "a": {"serves": "x.v1.A", "replicas": replicas},
    }
    topology = behind(services=services, caches=["fast"])
    found = route(away(topology, "node"))
    assert found is not None
    assert found.effect is effect
    assert route(away(topology, "services.a")).effect is DEGRADES  # pyright: ignore[reportOptionalMemberAccess]


def test_a_node_stops_writes_where_too_few_members_or_copies_are_left_to_confirm_them() -> None:
    topology = behind(
        services={"front": {"kind": "gateway", "replicas": 2, "database": "d"}},
        databases={"m": {"databases": ["d"], "instances": 3, "synchronous": {"number": 2}}},
    )
    found = route(away(topology, "node"))
    assert ends(found) == [ROUTE, "services.front", "databases.m"]


def test_every_node_of_the_graph_and_what_it_stands_on_is_answered_for() -> None:
    topology = tube("prod")
    nodes = [str(node) for node in graph(topology).nodes]
    assert (
        list(impact(topology))
        == [*nodes, "kafka", "object_store", "node"]
        == [each.full for each in can_fail(topology)]
    )


def test_a_topic_whose_name_ends_like_an_inner_id_is_itself() -> None:
    services = {"front": {"kind": "gateway", "publishes": {"t.supply": {}, "t": {}}}}
    topology = behind(
        services=services, topics={"t": {"message": "x.v1.Made"}, "t.supply": {"message": "x.v1.Made"}}
    )
    assert away(topology, "topics.t.supply").nodes.keys() == {"topics.t.supply", "services.front", "edges.e"}


def test_the_data_names_the_way_with_what_holds_it() -> None:
    data = impact_data(impact(called(critical=False, fallback="empty"))["services.a"])
    (found,) = data["whole"]["routes"]
    assert data["whole"]["worst"] == found["effect"] == "degrades"
    assert [(step["from"], step["to"], step["kind"]) for step in found["way"]] == [
        (ROUTE, "services.front", "route"),
        ("services.front", "services.a", "call"),
    ]
    assert found["held"] == found["way"][-1]["held"]
    assert data["whole"]["nodes"] == {
        "services.a": "fails",
        "services.front": "degrades",
        "edges.e": "degrades",
    }


NAMES = [f"s{number}" for number in range(6)]
LINKS = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1]),
    st.booleans(),
)


@given(LINKS)
def test_the_walk_finds_what_asking_every_service_again_and_again_finds(
    links: dict[tuple[str, str], bool],
) -> None:
    """Calls in any shape, circles too: a service fails by a critical call to one that fails, and degrades by any other that is harmed."""
    services: dict[str, Any] = {name: {"serves": "x.v1.A", "calls": {}} for name in NAMES}
    for (caller, callee), critical in links.items():
        services[caller]["calls"][callee] = {"critical": critical, "fallback": "empty"}
    services["s0"] = {"kind": "gateway", "calls": services["s0"]["calls"]}
    for link in links:
        if link[1] == "s0":
            services[link[0]]["calls"].pop("s0")
    topology = system(services=services)
    for lost in NAMES:
        assert away(topology, f"services.{lost}").nodes == asked(topology, lost)


def asked(topology: Topology, lost: str) -> dict[str, Effect]:
    """The same, until nothing changes any more."""
    found = {lost: FAILS}
    while True:
        new = dict(found)
        for name, service in topology.services.items():
            harmed = [(call, found[call.callee]) for call in service.calls.values() if call.callee in found]
            if any(effect is FAILS and call.critical for call, effect in harmed):
                new[name] = FAILS
            elif harmed:
                new.setdefault(name, DEGRADES)
        if new == found:
            return {f"services.{name}": effect for name, effect in found.items()}
        found = new


def test_each_way_begins_at_what_is_touched_and_ends_at_what_failed() -> None:
    every = impact(tube("prod"))
    alone = {name for name, found in every.items() if found.copies == 1}
    for part, found in every.items():
        ends_at = alone if part == "node" else {part}
        for touched in (*found.whole.routes, *found.whole.flows):
            way = touched.way
            assert shown(way[0].source) == touched.id
            assert shown(way[-1].target) in ends_at
            assert all(one.target == after.source for one, after in pairwise(way))
            assert (touched.effect is FAILS) == all(need.hard for need in way)
