"""What a plan would do to data."""

import json
from typing import Any

import pytest
from wireplan.rim.program.protection import HOLDS, Step, losses, refused, released, size, steps


def held(kind: str, what: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "x", "annotations": {HOLDS: what}}, "spec": spec}


def claims(storage: str, replicas: int = 3) -> dict[str, Any]:
    claim = {"spec": {"resources": {"requests": {"storage": storage}}}}
    return held("StatefulSet", "volume kafka", {"replicas": replicas, "volumeClaimTemplates": [claim]})


def cluster(storage: str, instances: int = 3) -> dict[str, Any]:
    return held("Cluster", "database main", {"instances": instances, "storage": {"size": storage}})


def pool(replicas: float, storage: str = "50Gi") -> dict[str, Any]:
    spec = {"replicas": replicas, "storage": {"type": "jbod", "volumes": [{"size": storage}]}}
    return held("KafkaNodePool", "volume kafka", spec)


def topics(**config: dict[str, Any]) -> dict[str, Any]:
    listed = [
        {"name": name.replace("_", "."), "partitions": 3, "config": found} for name, found in config.items()
    ]
    return {
        "kind": "ConfigMap",
        "metadata": {"name": "kafka-topics"},
        "data": {"topics.json": json.dumps(listed)},
    }


def topic(partitions: int, **config: Any) -> dict[str, Any]:
    found = {key.replace("_", "."): value for key, value in config.items()}
    return held("KafkaTopic", "topic video.uploaded", {"partitions": partitions, "config": found})


@pytest.mark.parametrize(("old", "new", "what", "how"), [
    (claims("10Gi"), claims("5Gi"), "volume kafka", "shrink from 10Gi to 5Gi"),
    (claims("1Gi"), claims("1000Mi"), "volume kafka", "shrink"),
    (claims("1Gi", 5), claims("1Gi", 3), "volume kafka", "from 5 to 3 nodes"),
    (claims("1Gi", 1), claims("1Gi", 3), "volume kafka", "controllers would go from 1 to 3"),
    (claims("1Gi", 2), claims("1Gi", 5), "volume kafka", "controllers would go from 1 to 3"),
    (pool(5.0), pool(3.0), "volume kafka", "from 5 to 3 nodes"),
    (pool(3, "50Gi"), pool(3, "40Gi"), "volume kafka", "shrink"),
    (cluster("20Gi"), cluster("10Gi"), "database main", "shrink"),
    (topics(a={"retention.ms": "1000"}), topics(a={"retention.ms": "999"}), "topic a", "retention"),
    (topics(a={"retention.ms": "-1"}), topics(a={"retention.ms": "999"}), "topic a", "retention"),
    (topics(a={"cleanup.policy": "delete"}), topics(a={"cleanup.policy": "compact"}), "topic a", "compacted"),
    (topic(12), topic(6), "topic video.uploaded", "from 12 to 6 partitions"),
    (topic(3, retention_ms=1000), topic(3, retention_ms=10), "topic video.uploaded", "retention"),
])  # fmt: skip
def test_an_update_that_shrinks_is_a_loss(
    old: dict[str, Any], new: dict[str, Any], what: str, how: str
) -> None:
    (loss,) = losses(Step("update", "urn", old, new))
    assert loss.what == what
    assert how in loss.how
    assert refused([Step("update", "urn", old, new)], [what]) == []
    assert refused([Step("update", "urn", old, new)], ["topic other"]) == [loss]


@pytest.mark.parametrize(("old", "new"), [
    (claims("5Gi"), claims("10Gi")),
    (claims("1Gi", 3), claims("1024Mi", 5)),
    (claims("1Gi", 1), claims("1Gi", 2)),
    (pool(1), pool(3)),
    (cluster("20Gi", 3), cluster("20Gi", 2)),
    (topics(a={"retention.ms": "1000"}), topics(a={"retention.ms": "-1"})),
    (topics(a={"retention.ms": "1000"}, b={}), topics(a={"retention.ms": "1000"})),
    (topic(3), topic(12)),
    ({"kind": "Deployment", "spec": {"replicas": 5}}, {"kind": "Deployment", "spec": {"replicas": 1}}),
    ({"kind": "ConfigMap", "data": {"wiring.json": "{}"}}, {"kind": "ConfigMap", "data": {"wiring.json": "[]"}}),
    ({"kind": "ConfigMap"}, {"kind": "ConfigMap"}),
])  # fmt: skip
def test_other_updates_are_none(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert losses(Step("update", "urn", old, new)) == []


@pytest.mark.parametrize("operation", ["delete", "replace", "create-replacement", "delete-replaced"])
def test_deleting_what_holds_data_is_a_loss(operation: str) -> None:
    (loss,) = losses(Step(operation, "urn", cluster("1Gi"), None))
    assert loss.what == "database main"
    assert losses(Step(operation, "urn", {"kind": "Deployment", "metadata": {}}, None)) == []


def test_a_new_object_is_no_loss() -> None:
    assert losses(Step("create", "urn", None, cluster("1Gi"))) == []
    assert losses(Step("same", "urn", cluster("1Gi"), cluster("1Gi"))) == []


def test_sizes() -> None:
    assert size("1Gi") == size("1024Mi") == size("1073741824")
    assert size("1G") < size("1Gi")
    assert size("nonsense") == 0


def test_what_is_allowed_is_let_go_of_in_the_state() -> None:
    def resource(name: str, what: str) -> dict[str, Any]:
        inputs = held("Cluster", what, {})
        return {"urn": f"urn:{name}", "protect": True, "retainOnDelete": True, "inputs": inputs}

    state = {
        "resources": [resource("a", "database main"), resource("b", "volume kafka"), {"urn": "urn:stack"}]
    }
    assert released(state, ["database main"]) == ["urn:a"]
    first, second, _ = state["resources"]
    assert "protect" not in first
    assert "retainOnDelete" not in first
    assert second["protect"]
    assert released(state, ["database main"]) == []


def test_the_steps_of_a_change_need_no_engine() -> None:
    base = "urn:pulumi:local::tube::wireplan:postgres:Postgres"
    urn = f"{base}$kubernetes:postgresql.cnpg.io/v1:Cluster::pg-main"
    state = {"resources": [{"urn": "urn:pulumi:local::tube::pulumi:pulumi:Stack::x"}, {"urn": base + "::main"},
                           {"urn": urn, "inputs": cluster("2Gi")}]}  # fmt: skip
    assert [(s.operation, s.urn) for s in steps(state, {urn: cluster("2Gi")})] == [("update", urn)]
    assert refused(steps(state, {urn: cluster("3Gi")}), []) == []
    assert [str(one) for one in refused(steps(state, {urn: cluster("1Gi")}), [])] == [
        "database main: its volume would shrink from 2Gi to 1Gi"
    ]
    assert [str(one) for one in refused(steps(state, {}), [])] == ["database main: would be deleted"]
    assert refused(steps(state, {}), ["database main"]) == []
