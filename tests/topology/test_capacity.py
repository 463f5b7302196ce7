"""Numbers that follow from others: connections, memory, replicas, pools (spec rows F3.1, F3.2, F3.6)."""

from typing import Any

import pytest
from wireplan.topology import capacity, defaults
from wireplan.topology.types import Synchronous

from tests.topology.conftest import system, tube


def cluster(service: dict[str, Any], cluster: dict[str, Any] | None = None) -> Any:
    """The Postgres cluster of one service."""
    written = {"databases": ["d"], **(cluster or {})}
    return system(services={"a": {"database": "d", **service}}, databases={"main": written}).databases["main"]


@pytest.mark.row("F3.2")
@pytest.mark.parametrize(
    ("service", "connections"),
    [
        ({}, 100),
        ({"replicas": "2..40"}, 200),
        ({"replicas": "2..40", "identity": "stable"}, 175),
        ({"replicas": "2..40", "reads_from_replicas": ["Get"]}, 350),
        ({"replicas": 10, "database": {"name": "d", "pool": {"max": 20}}}, 250),
    ],
)
def test_connections_suffice_for_all_pools_and_the_surge_of_a_roll(
    service: dict[str, Any], connections: int
) -> None:
    """PG006: 15 reserved, and (pods + surge) x pool, twice where reads go to replicas."""
    assert cluster(service).max_connections == connections


def test_written_connections_stand() -> None:
    assert cluster({}, {"max_connections": 50}).max_connections == 50


@pytest.mark.row("F3.6")
@pytest.mark.parametrize(
    ("written", "rpo", "synchronous"),
    [
        ({}, 0.0, Synchronous("any", 1, "required", failover_quorum=True)),
        ({"instances": 1}, None, None),
        ({"instances": 2}, None, None),
        ({"instances": 2, "rpo": "0s"}, 0.0, Synchronous("any", 1, "required", failover_quorum=True)),
        ({"rpo": "5s"}, 5.0, None),
        ({"synchronous": {"durability": "preferred", "failover_quorum": False}}, 0.0, Synchronous("any", 1, "preferred", failover_quorum=False)),
    ],
)  # fmt: skip
def test_nothing_acknowledged_is_lost_unless_that_is_allowed(
    written: dict[str, Any], rpo: float | None, synchronous: Synchronous | None
) -> None:
    found = cluster({}, written)
    assert (found.rpo, found.synchronous) == (rpo, synchronous)


@pytest.mark.row("F3.1")
def test_a_service_writes_to_the_primary_and_reads_from_replicas() -> None:
    use = tube().services["catalog"].database
    assert use is not None
    assert use.write_host == "pg-main-rw.tube.svc.cluster.local"
    assert use.read_host == "pg-main-ro.tube.svc.cluster.local"
    assert use.reads_from_replicas == ("ListVideos",)


@pytest.mark.row("F3.1")
@pytest.mark.parametrize("pooler", [False, True])
def test_without_a_replica_reads_go_where_writes_go(*, pooler: bool) -> None:
    """Nobody would answer at the replicas' Service, and each read would wait before it falls back."""
    services = {"a": {"database": "d", "replicas": 3, "reads_from_replicas": ["Get"]}}
    alone = {"databases": ["d"], "instances": 1, "pooler": pooler}
    topology = system(services=services, databases={"main": alone})
    use = topology.services["a"].database
    assert use is not None
    end = "-pooler" if pooler else ""
    assert use.read_host == use.write_host == f"pg-main{end}-rw.s.svc.cluster.local"
    assert "without a replica" in topology.origin("services", "a", "database", "read_host").reason
    before = topology.databases["main"].pooler
    if before is not None:
        assert before.pool_size == (3 + 1) * 4 * 2, "both pools of each pod have one host"


@pytest.mark.row("F3.1")
@pytest.mark.row("F3.2")
def test_behind_a_pooler_services_connect_to_it_and_it_has_room_for_all_of_them() -> None:
    services = {
        "a": {"database": "d", "replicas": 3, "reads_from_replicas": ["Get"]},
        "b": {"database": {"name": "e", "pool": {"max": 10}}, "replicas": "2..9"},
    }
    topology = system(services=services, databases={"main": {"databases": ["d", "e"], "pooler": True}})
    pooler = topology.databases["main"].pooler
    assert pooler is not None
    for name in services:
        use = topology.services[name].database
        assert use is not None
        assert (use.write_host, use.read_host) == (
            f"{pooler.write}.s.svc.cluster.local",
            f"{pooler.read}.s.svc.cluster.local",
        )
    assert (pooler.write, pooler.read) == ("pg-main-pooler-rw", "pg-main-pooler-ro")
    assert (pooler.pool_size, pooler.clients) == ((9 + 1) * 10, (3 + 1) * 4 + (9 + 1) * 10)
    needed = 15 + 2 * ((3 + 1) * 4 * 2 + (9 + 1) * 10)
    assert needed <= topology.databases["main"].max_connections < needed + 25
    reason = topology.origin("databases", "main", "max_connections").reason
    assert "a 64 ((3 + 1) pods x 4 x 2 pools x 2 poolers)" in reason


@pytest.mark.row("F3.3")
def test_each_database_has_one_owner() -> None:
    assert tube().databases["main"].databases == {
        "accounts": "auth",
        "uploads": "upload",
        "processing": "processing",
        "catalog": "catalog",
        "statistics": "statistics",
        "notifications": "notifications",
    }


@pytest.mark.parametrize(
    ("written", "dev", "prod"),
    [({}, 2, 2), ({"tier": "secondary"}, 1, 2), ({"replicas": 5}, 5, 5)],
)
def test_pods_of_a_service(written: dict[str, Any], dev: int, prod: int) -> None:
    for profile, number in (("dev", dev), ("prod", prod)):
        replicas = system(services={"a": written}, environment={"profile": profile}).services["a"].replicas
        assert (replicas.min, replicas.max, replicas.autoscaled) == (number, number, False)


def test_an_autoscaler_looks_at_cpu_unless_told_to_look_at_lag() -> None:
    by_cpu = system(services={"a": {"replicas": "2..4"}}).services["a"].replicas
    by_lag = (
        system(services={"a": {"replicas": {"min": 2, "max": 4, "lag_records": 100}}}).services["a"].replicas
    )
    assert (by_cpu.cpu_percent, by_cpu.lag_records) == (70, None)
    assert (by_lag.cpu_percent, by_lag.lag_records) == (None, 100)


@pytest.mark.parametrize("profile", ["dev", "prod"])
def test_a_service_under_an_autoscaler_asks_for_what_it_works_with(profile: str) -> None:
    """A share of what a service takes at rest would be passed by a service at rest."""
    services = {
        "fixed": {"replicas": 2},
        "scaled": {"replicas": "2..4"},
        "written": {"replicas": "2..4", "resources": {"cpu": "40m"}},
    }
    found = system(services=services, environment={"profile": profile})
    request = {name: one.resources.cpu_request for name, one in found.services.items()}
    trigger = request["scaled"] * capacity.scale_percent(found.services["scaled"].replicas) / 100
    assert trigger > 3 * request["fixed"]
    assert request["written"] == 40
    reason = found.origin("services", "scaled", "resources", "cpu_request").reason
    assert reason == f"{defaults.SCALED_CPU.why}: a pod more at 70 %"
    assert found.origin("services", "fixed", "resources", "cpu_request").reason == defaults.CPU.why


def test_memory_is_limited_to_what_is_requested_and_cpu_is_not() -> None:
    found = system(services={"a": {"resources": {"memory": "1Gi", "cpu": 2}}}).services["a"].resources
    assert (found.cpu_request, found.cpu_limit, found.memory_request, found.memory_limit) == (
        2000,
        None,
        1024**3,
        1024**3,
    )


def test_a_pool_is_never_larger_than_its_most() -> None:
    database = {"name": "d", "pool": {"max": 1, "min": 3}}
    service = system(services={"a": {"database": database}}, databases={"m": {"databases": ["d"]}}).services[
        "a"
    ]
    assert service.database is not None
    assert (service.database.pool.min, service.database.pool.max, service.database.pool.max_waiting) == (
        1,
        1,
        4,
    )


def test_brokers_and_caches_have_memory_beyond_what_they_hold() -> None:
    topology = tube()
    assert topology.kafka is not None
    assert topology.kafka.resources.memory_limit == 2 * topology.kafka.heap
    assert topology.caches["fast"].resources.memory_limit > topology.caches["fast"].memory


def test_a_limit_of_the_defaults_gives_way_to_a_larger_request() -> None:
    """Kubernetes refuses a pod that asks for more than its limit."""
    common = {"services": {"resources": {"memory_limit": "256Mi", "cpu_limit": "100m"}}}
    services = {
        "a": {"resources": {"memory": "512Mi", "cpu": "1"}},
        "b": {"resources": {"memory": "128Mi", "cpu": "50m"}},
    }
    topology = system(defaults=common, services=services)
    large, small = topology.services["a"].resources, topology.services["b"].resources
    assert (large.memory_limit, large.cpu_limit) == (512 * 1024**2, 1000)
    assert (small.memory_limit, small.cpu_limit) == (256 * 1024**2, 100)


@pytest.mark.parametrize(("outages", "minutes"), [([], 10_080), (["3d"], 10_080), (["3d", "20d"], 28_800)])
def test_brokers_remember_where_a_group_stopped_as_long_as_any_may_be_away(
    outages: list[str], minutes: int
) -> None:
    """KAF016: after that time a group without members begins anew."""
    services = {
        f"s{number}": {"consumes": {"t": {"outage": outage}}} for number, outage in enumerate(outages)
    }
    found = system(services=services or {"s": {}}, topics={"t": {"message": "x.v1.Made"}})
    assert capacity.offset_minutes(found.services) == minutes


@pytest.mark.parametrize(
    ("retention", "days"), [("7d", 45), ("20d", 60), ("30d", 90)], ids=["default", "twenty", "thirty"]
)
def test_an_inbox_remembers_for_as_long_as_a_record_may_come_back(retention: str, days: int) -> None:
    """MSG004: 30 days in the topic and 60 as a dead letter, whose replay is in the topic again."""
    services = {"a": {"database": "d", "consumes": ["t"]}, "b": {"consumes": ["t"]}}
    topics = {"t": {"message": "x.v1.Made", "retention": retention}}
    found = system(services=services, topics=topics, databases={"main": {"databases": ["d"]}})
    assert capacity.remembered(found.topics, found.services["a"]) == days * 86_400
    assert capacity.remembered(found.topics, found.services["b"]) == 0
