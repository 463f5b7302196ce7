"""The providers: each says the same system in its own objects."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from wireplan.manifests import providers
from wireplan.manifests.objects import objects
from wireplan.manifests.providers.edge import gateway_api
from wireplan.manifests.providers.kafka import builtin, strimzi
from wireplan.manifests.providers.postgres import cloudnative_pg, restored
from wireplan.manifests.thing import present
from wireplan.model.system import System
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Backup, Topology

from tests.manifests.conftest import images, made, resolved

CRDS = Path(__file__).parent / "crds" / "strimzi-1.2.0.json"


def schemas() -> dict[str, Any]:
    definitions: list[dict[str, Any]] = json.loads(CRDS.read_text())
    return {
        d["spec"]["names"]["kind"]: closed(d["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
        for d in definitions
    }


def closed(schema: Any) -> Any:
    """As the API server reads it in strict mode: a field that is not named is a mistake."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    free = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not free:
        found["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        found.pop("type", None)
    return found


def test_strimzi_objects_meet_its_own_definitions() -> None:
    known = schemas()
    found = [one for one in made("prod") if one.body["apiVersion"] == strimzi.API]
    assert {one.kind for one in found} == set(known)
    for one in found:
        schema = known[one.kind]
        schema["properties"]["metadata"] = {"type": "object"}
        jsonschema.validate(one.body, schema)


def test_strimzi_keeps_controllers_and_brokers_apart() -> None:
    pools = {one.name: one.body["spec"] for one in made("prod") if one.kind == "KafkaNodePool"}
    assert {name: (pool["replicas"], pool["roles"]) for name, pool in pools.items()} == {
        "controller": (3, ["controller"]), "broker": (3, ["broker"]),
    }  # fmt: skip
    assert all(not volume["deleteClaim"] for pool in pools.values() for volume in pool["storage"]["volumes"])


def test_strimzi_users_may_do_what_their_edges_say() -> None:
    users = {
        one.name: one.body["spec"]["authorization"]["acls"] for one in made("prod") if one.kind == "KafkaUser"
    }
    upload = {(r["resource"]["type"], r["resource"]["name"]): r["operations"] for r in users["upload"]}
    assert upload["topic", "video.uploaded"] == ["Describe", "Write"]
    assert upload["topic", "video.processed"] == ["Describe", "Read"]
    assert upload["group", "upload"] == ["Read"]
    processing = {(r["resource"]["type"], r["resource"]["name"]) for r in users["processing"]}
    assert ("group", "processing") in processing
    assert ("topic", "video.uploaded.processing.dlt") in processing
    assert "gateway" not in users


@pytest.mark.row("F2.1")
@pytest.mark.parametrize(
    ("brokers", "copies", "in_sync", "voters"), [(1, 1, 1, 1), (2, 2, 1, 1), (3, 3, 2, 3), (5, 3, 2, 3)]
)
def test_builtin_guards_data_by_the_number_of_brokers(
    brokers: int, copies: int, in_sync: int, voters: int
) -> None:
    topology = resolved("local")
    kafka = dataclasses.replace(present(topology.kafka), brokers=brokers)
    files = builtin.configuration(topology, kafka)
    assert sum(name.startswith("kafka-") for name in files) == brokers
    for node in range(brokers):
        settings = dict(line.split("=", 1) for line in files[f"kafka-{node}.properties"].splitlines())
        assert settings["node.id"] == str(node)
        assert settings["process.roles"] == ("broker,controller" if node < voters else "broker")
        assert (
            settings["default.replication.factor"]
            == settings["offsets.topic.replication.factor"]
            == str(copies)
        )
        assert settings["min.insync.replicas"] == settings["transaction.state.log.min.isr"] == str(in_sync)
        assert settings["unclean.leader.election.enable"] == settings["auto.create.topics.enable"] == "false"
        assert len(settings["controller.quorum.bootstrap.servers"].split(",")) == voters
        assert len(settings["listeners"].split(",")) == (2 if node < voters else 1)


def test_builtin_ids_stay_the_same_and_differ() -> None:
    topology = resolved("local")
    names = [builtin.identity(topology, what) for what in ("cluster", "node 0", "node 1", "node 2")]
    assert len(set(names)) == 4
    assert all(len(name) == 22 and not name.startswith("-") for name in names)
    assert names[0] == builtin.identity(topology, "cluster")
    assert names[0] != builtin.identity(resolved("staging"), "cluster")


def test_builtin_liveness_never_kills_a_slow_broker() -> None:
    kafka = next(one for one in made("local") if one.key == ("apps/v1", "StatefulSet", "kafka"))
    container = kafka.body["spec"]["template"]["spec"]["containers"][0]
    assert container["livenessProbe"]["exec"]["command"] == ["/bin/sh", "-c", "kill -0 1"]
    assert kafka.body["spec"]["podManagementPolicy"] == "Parallel"


@pytest.mark.row("F3.1")
@pytest.mark.row("F3.6")
def test_postgres_promotes_only_what_has_every_acknowledged_write() -> None:
    for environment in ("local", "staging", "prod"):
        spec = next(one for one in made(environment) if one.kind == "Cluster").body["spec"]
        assert spec["instances"] == 3
        assert spec["postgresql"]["synchronous"] == {
            "method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": True,
        }  # fmt: skip
        assert spec["probes"]["liveness"]["isolationCheck"]["enabled"] is True
        assert int(spec["postgresql"]["parameters"]["max_connections"]) >= 100


@pytest.mark.row("F3.2")
def test_a_pooler_is_made_under_the_name_that_services_connect_to() -> None:
    topology = resolve(
        System.model_validate(
            {
                "system": "shop",
                "services": {"orders": {"database": "orders"}},
                "databases": {"main": {"databases": ["orders"], "pooler": True}},
            }
        )
    )
    poolers = {one.name: one.body["spec"] for one in objects(topology, {}) if one.kind == "Pooler"}
    use = present(topology.services["orders"].database)
    hosts = {use.write_host: "rw", use.read_host: "ro"}
    assert {f"{name}.shop.svc.cluster.local": spec["type"] for name, spec in poolers.items()} == hosts
    for spec in poolers.values():
        assert spec["cluster"]["name"] == "pg-main"
        assert spec["pgbouncer"]["poolMode"] == "session"
        assert all(isinstance(value, str) for value in spec["pgbouncer"]["parameters"].values())
    assert not any(one.kind == "Pooler" for one in made("local"))


@pytest.mark.row("F3.3")
def test_each_service_owns_its_database() -> None:
    topology = resolved("local")
    for one in made("local"):
        if one.kind == "Database":
            assert one.body["spec"]["owner"] == one.body["spec"]["name"]
            assert one.body["spec"]["databaseReclaimPolicy"] == "retain"
    owners = {database for cluster in topology.databases.values() for database in cluster.databases}
    roles = next(one for one in made("local") if one.kind == "Cluster").body["spec"]["managed"]["roles"]
    assert {role["name"] for role in roles} == owners
    assert not any(role.get("superuser") for role in roles)


def with_backup(environment: str) -> tuple[Topology, list[dict[str, Any]]]:
    topology = resolved(environment)
    backup = Backup(to="backups", every=86400, keep=14 * 86400, verify=7 * 86400)
    main = dataclasses.replace(topology.databases["main"], backup=backup)
    found = dataclasses.replace(topology, databases={"main": main})
    return found, [one.body for one in objects(found, images(topology))]


def specs(bodies: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one["spec"] for one in bodies if one["kind"] == kind}


def test_a_backup_goes_to_the_object_store() -> None:
    _, found = with_backup("prod")
    spec = specs(found, "Cluster")["pg-main"]
    assert spec["backup"]["barmanObjectStore"]["destinationPath"] == "s3://backups/"
    assert spec["backup"]["retentionPolicy"] == "14d"
    assert len(specs(found, "ScheduledBackup")["pg-main"]["schedule"].split()) == 6


@pytest.mark.row("F3.5")
def test_a_copy_that_shows_a_restore_writes_no_archive_and_is_reached_by_the_operator_alone() -> None:
    topology, _ = with_backup("local")
    cluster = topology.databases["main"]
    spec = restored.copy(topology, cluster, "0/5000148")["spec"]
    assert "backup" not in spec
    assert spec["bootstrap"]["recovery"] == {"source": "origin", "recoveryTarget": {"targetLSN": "0/5000148"}}
    assert spec["externalClusters"][0]["barmanObjectStore"]["serverName"] == "pg-main"
    mine, reads = restored.policies_of(topology, cluster)
    (enters,) = mine["spec"]["ingress"]
    assert [each["port"] for each in enters["ports"]] == [8000]
    assert "namespaceSelector" in enters["from"][0]
    assert reads["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "objects"


@pytest.mark.row("F3.5")
def test_a_database_may_reach_the_store_of_its_backups() -> None:
    """Both ends are denied everything else; a log that cannot be archived stays, until the disk is full."""
    topology, found = with_backup("prod")
    policies = specs(found, "NetworkPolicy")
    store = present(topology.object_store)
    members = {"podSelector": {"matchLabels": {"cnpg.io/cluster": "pg-main"}}}
    port = [{"protocol": "TCP", "port": store.port}]
    assert {"from": [members], "ports": port} in policies[store.resource]["ingress"]
    assert port in [rule["ports"] for rule in policies["pg-main"]["egress"]]
    assert members not in [peer for rule in policies["upload"].get("ingress", ()) for peer in rule["from"]]


def test_postgres_has_the_limits_that_are_written() -> None:
    topology = resolved("local")
    main = topology.databases["main"]
    limited = dataclasses.replace(main, resources=dataclasses.replace(main.resources, cpu_limit=2000))
    found = objects(dataclasses.replace(topology, databases={"main": limited}), images(topology))
    spec = next(one for one in found if one.kind == "Cluster").body["spec"]
    assert spec["resources"]["limits"]["cpu"] == "2"


@pytest.mark.parametrize(("every", "line"), [
    (3600, "0 0 */1 * * *"), (6 * 3600, "0 0 */6 * * *"), (86400, "0 0 3 * * *"), (2 * 86400, "0 0 3 */2 * *"),
    (7 * 86400, "0 0 3 * * 0"), (600, "0 0 */1 * * *"),
])  # fmt: skip
def test_a_backups_schedule_begins_with_seconds(every: float, line: str) -> None:
    assert cloudnative_pg.schedule(every) == line


def elsewhere(topology: Topology) -> Topology:
    kafka = dataclasses.replace(present(topology.kafka), provider="external", bootstrap="broker.example:9094")
    databases = {n: dataclasses.replace(d, provider="external") for n, d in topology.databases.items()}
    store = dataclasses.replace(
        present(topology.object_store), provider="external", endpoint="https://s3.example"
    )
    return dataclasses.replace(topology, kafka=kafka, databases=databases, object_store=store)


def test_what_is_external_is_not_made_but_reached() -> None:
    topology = elsewhere(resolved("local"))
    found = objects(topology, images(topology))
    kinds = {one.component[0] for one in found}
    assert not kinds & {"kafka", "postgres", "objects", "buckets"}
    assert "topics" in kinds, "topics are ours, whoever runs the brokers"
    policy = next(one for one in found if one.kind == "NetworkPolicy" and one.name == "upload").body["spec"]
    ports = {
        port["port"]
        for rule in policy["egress"]
        if any("ipBlock" in to for to in rule["to"])
        for port in rule["ports"]
    }
    assert ports == {9094, 5432, 443}


def test_the_gateway_api_is_refused_plainly() -> None:
    topology = resolved("local")
    edges = {n: dataclasses.replace(e, provider="gateway-api") for n, e in topology.edges.items()}
    with pytest.raises(gateway_api.NoHttp3Error, match="use the provider caddy"):
        objects(dataclasses.replace(topology, edges=edges), {})


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(providers.UnknownProviderError, match="no kafka provider called pulsar"):
        providers.chosen("kafka", "pulsar")
