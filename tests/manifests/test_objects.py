"""What holds for the objects of any system: shown on tube in all its environments."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from wireplan.manifests import traffic
from wireplan.manifests.objects import bodies
from wireplan.manifests.thing import Object
from wireplan.topology.types import Membership, Topology

from tests.manifests import pss
from tests.manifests.conftest import made

WORKLOADS = ("Deployment", "StatefulSet", "Job")
RECOMMENDED = {
    f"app.kubernetes.io/{word}" for word in ("name", "instance", "component", "part-of", "managed-by")
}


def of_kind(everything: Sequence[Object], *kinds: str) -> list[Object]:
    return [one for one in everything if one.kind in kinds]


def pod_specs(everything: Sequence[Object]) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in of_kind(everything, *WORKLOADS):
        yield f"{one.kind} {one.name}", one.body["spec"]["template"]["spec"]


def template_labels(one: Object) -> dict[str, str]:
    return one.body["spec"]["template"]["metadata"]["labels"]


def test_no_two_objects_have_one_name(everything: Sequence[Object]) -> None:
    keys = [one.key for one in everything]
    assert len(keys) == len(set(keys))


def test_objects_are_plain_data(everything: Sequence[Object]) -> None:
    assert json.loads(json.dumps([one.body for one in everything])) == bodies(tuple(everything))


def test_every_pod_keeps_the_restricted_standard(everything: Sequence[Object]) -> None:
    assert {
        name: found for name, spec in pod_specs(everything) if (found := list(pss.violations(spec)))
    } == {}


def test_no_pod_may_write_its_root_or_has_a_token(everything: Sequence[Object]) -> None:
    """What signs certificates asks the API server; what it may do there is in test_certificates."""
    for name, spec in pod_specs(everything):
        signs = spec["serviceAccountName"] == "certificates"
        assert spec["automountServiceAccountToken"] is signs, name
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
    for account in of_kind(everything, "ServiceAccount"):
        assert account.body["automountServiceAccountToken"] is False


def test_every_container_says_what_it_needs(everything: Sequence[Object]) -> None:
    for name, spec in pod_specs(everything):
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
            assert "memory" in container["resources"]["limits"], name
            assert container["imagePullPolicy"] == "IfNotPresent", name


@pytest.mark.row("A2")
def test_objects_and_pods_carry_the_labels_of_their_service(
    everything: Sequence[Object], topology: Topology
) -> None:
    for one in everything:
        assert one.body["metadata"]["labels"].keys() >= RECOMMENDED, one.key
    for one in of_kind(everything, *WORKLOADS):
        labels = template_labels(one)
        assert labels.keys() >= RECOMMENDED
        assert "app.kubernetes.io/version" in labels, one.name
        if one.component[0] == "service":
            assert labels["app.kubernetes.io/name"] == one.component[1]
            assert labels["app.kubernetes.io/component"] == topology.services[one.component[1]].kind.value


@pytest.mark.row("A3")
def test_every_service_selects_pods_that_are_there(everything: Sequence[Object]) -> None:
    pods = [template_labels(one) for one in of_kind(everything, *WORKLOADS)]
    for service in of_kind(everything, "Service"):
        selector = service.body["spec"]["selector"]
        assert any(selector.items() <= labels.items() for labels in pods), service.name


@pytest.mark.row("A5")
def test_services_are_headless_with_the_pods_own_ports(
    everything: Sequence[Object], topology: Topology
) -> None:
    for name, service in topology.services.items():
        found = next(one for one in of_kind(everything, "Service") if one.name == name)
        spec = found.body["spec"]
        assert spec["clusterIP"] == "None"
        assert spec["publishNotReadyAddresses"] is False
        ports = {port["name"]: port["port"] for port in spec["ports"]}
        wanted = {"grpc": service.ports.grpc, "http": service.ports.http, "ops": service.ports.ops}
        assert ports == {key: port for key, port in wanted.items() if port is not None}
        assert all(port["targetPort"] == port["name"] for port in spec["ports"])


@pytest.mark.row("A4")
@pytest.mark.row("F1.1")
def test_every_service_has_its_three_probes(everything: Sequence[Object], topology: Topology) -> None:
    for one in of_kind(everything, "Deployment", "StatefulSet"):
        if one.component[0] != "service":
            continue
        container = one.body["spec"]["template"]["spec"]["containers"][0]
        probes = topology.services[one.name].probes
        for key, probe in (
            ("startup", probes.startup),
            ("readiness", probes.readiness),
            ("liveness", probes.liveness),
        ):
            assert container[f"{key}Probe"]["httpGet"] == {"path": probe.path, "port": "ops"}


def test_an_autoscaled_workload_has_no_replicas(everything: Sequence[Object]) -> None:
    targets = {
        one.body["spec"]["scaleTargetRef"]["name"] for one in of_kind(everything, "HorizontalPodAutoscaler")
    }
    assert targets
    for one in of_kind(everything, "Deployment", "StatefulSet"):
        assert ("replicas" in one.body["spec"]) == (one.name not in targets), one.name


@pytest.mark.row("F1.7")
def test_an_autoscaler_waits_out_a_short_peak_and_a_short_lull(everything: Sequence[Object]) -> None:
    for one in of_kind(everything, "HorizontalPodAutoscaler"):
        behavior = one.body["spec"]["behavior"]
        assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 60
        assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 300


@pytest.mark.row("M6")
def test_a_static_member_is_named_after_its_pod(everything: Sequence[Object], topology: Topology) -> None:
    static = {
        name for name, service in topology.services.items()
        if any(c.membership is Membership.STATIC for c in service.consumes.values())
    }  # fmt: skip
    assert static
    for one in of_kind(everything, "Deployment", "StatefulSet"):
        if one.component[0] != "service":
            continue
        variables = {v["name"]: v for v in one.body["spec"]["template"]["spec"]["containers"][0]["env"]}
        assert ("GROUP_INSTANCE_ID" in variables) == (one.name in static)
        if one.name in static:
            assert one.kind == "StatefulSet"
            assert variables["GROUP_INSTANCE_ID"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"


def test_a_pod_ends_in_order(everything: Sequence[Object], topology: Topology) -> None:
    for name, spec in pod_specs(everything):
        kind, _, service = name.partition(" ")
        if kind == "Job" or service not in topology.services:
            continue
        shutdown = topology.services[service].shutdown
        assert spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] >= shutdown.pre_stop
        assert spec["terminationGracePeriodSeconds"] >= shutdown.grace


def test_a_changed_configuration_rolls_the_pods(everything: Sequence[Object]) -> None:
    for one in of_kind(everything, "Deployment", "StatefulSet"):
        volumes = one.body["spec"]["template"]["spec"].get("volumes", [])
        if any("configMap" in volume for volume in volumes):
            assert "wireplan.dev/checksum" in one.body["spec"]["template"]["metadata"]["annotations"], (
                one.name
            )


def test_every_volume_and_account_of_a_pod_is_there(everything: Sequence[Object], topology: Topology) -> None:
    there = {(one.kind, one.name) for one in everything}
    given = {("Secret", each.secret) for service in topology.services.values() for each in service.oauth}
    given |= {("Secret", edge.tls_secret) for edge in topology.edges.values()}
    given |= {("Secret", one.auth_secret) for one in topology.externals.values() if one.auth_secret}
    if topology.environment.profile == "dev":
        given = set()
    for name, spec in pod_specs(everything):
        assert ("ServiceAccount", spec["serviceAccountName"]) in there, name
        for volume in spec.get("volumes", []):
            if "configMap" in volume and not volume["configMap"].get("optional"):
                assert ("ConfigMap", volume["configMap"]["name"]) in there, name
            if "secret" in volume:
                assert ("Secret", volume["secret"]["secretName"]) in there | given, name


def test_a_secret_says_where_its_values_come_from_and_holds_none(everything: Sequence[Object]) -> None:
    for one in of_kind(everything, "Secret"):
        assert "data" not in one.body
        assert set(one.body.get("stringData", {})) <= {"username"}
        told = one.body["metadata"]["annotations"]["wireplan.dev/values"]
        assert all(key in told for key in one.values)
        assert one.values or "written and renewed in the cluster" in told


def test_no_secret_comes_by_a_configmap_or_a_literal(everything: Sequence[Object]) -> None:
    for one in of_kind(everything, "ConfigMap"):
        for text in one.body["data"].values():
            assert '"password":' not in text
            assert '"secret_key":' not in text
    for name, spec in pod_specs(everything):
        for container in spec["containers"]:
            for variable in container.get("env", []):
                assert (
                    not any(word in variable["name"] for word in ("PASSWORD", "SECRET", "TOKEN"))
                    or "valueFrom" in variable
                ), name


def test_what_holds_data_is_said(everything: Sequence[Object], topology: Topology) -> None:
    held = {one.holds for one in everything if one.holds}
    assert {"namespace tube", "database main", "volume kafka", "volume objects", "database uploads"} <= held
    for one in everything:
        if one.kind in ("Namespace", "Cluster", "Database", "Kafka", "KafkaNodePool", "KafkaTopic"):
            assert one.holds, one.key
        if one.kind == "StatefulSet" and one.body["spec"].get("volumeClaimTemplates"):
            assert one.holds, one.key
            policy = one.body["spec"]["persistentVolumeClaimRetentionPolicy"]
            assert policy == {"whenDeleted": "Retain", "whenScaled": "Retain"}


def test_a_component_comes_after_what_it_waits_for(everything: Sequence[Object]) -> None:
    first = {}
    for number, one in enumerate(everything):
        first.setdefault(one.component, number)
    for number, one in enumerate(everything):
        assert all(
            first.get(component, -1) < number for component in one.after if component != one.component
        ), one.key


def test_a_service_waits_for_what_it_keeps_data_in() -> None:
    upload = next(one for one in made("local") if one.key == ("apps/v1", "Deployment", "upload"))
    assert {("kafka", "kafka"), ("topics", "kafka"), ("postgres", "main"), ("buckets", "objects")} <= set(
        upload.after
    )
    gateway = next(one for one in made("local") if one.key == ("apps/v1", "Deployment", "gateway"))
    assert not any(component[0] == "service" for component in gateway.after), (
        "services come and go in any order"
    )


@pytest.mark.row("P1")
@pytest.mark.row("P3")
def test_an_edge_answers_on_one_port_over_tcp_and_udp(
    everything: Sequence[Object], topology: Topology
) -> None:
    for edge in topology.edges.values():
        service = next(one for one in of_kind(everything, "Service") if one.name == edge.resource)
        ports = {(port["port"], port["protocol"]) for port in service.body["spec"]["ports"]}
        assert ports == {(edge.port, "TCP"), (edge.port, "UDP")}
        config = next(one for one in of_kind(everything, "ConfigMap") if one.name == f"{edge.resource}-caddy")
        text = config.body["data"]["Caddyfile"]
        assert "protocols h1 h2 h3" in text
        assert "0rtt off" in text
        assert f'h3=":{edge.port}"' in text


@pytest.mark.row("P2")
def test_behind_an_edge_is_http2(topology: Topology, everything: Sequence[Object]) -> None:
    for edge in topology.edges.values():
        text = next(o for o in everything if o.name == f"{edge.resource}-caddy").body["data"]["Caddyfile"]
        spoken = [line.strip() for line in text.splitlines() if line.strip().startswith("versions")]
        # With a cache: past it, by it, and by it again to ask whether the origin is there.
        wanted = sum(3 if route.cache else 1 for route in edge.routes if route.protocol == "http2")
        assert wanted
        assert spoken.count("versions h2c") == wanted


@pytest.mark.row("P3")
def test_the_cache_of_an_edge_holds_what_the_topology_says_and_is_purged_by_whom_it_says(
    topology: Topology, everything: Sequence[Object]
) -> None:
    edge = topology.edges["cdn"]
    assert edge.cache
    pod = next(o for o in of_kind(everything, "Deployment") if o.name == edge.resource).body["spec"][
        "template"
    ]
    (cache,) = pod["spec"]["initContainers"]
    assert cache["restartPolicy"] == "Always", "a sidecar: before Caddy, and after it"
    assert f"kept=file,/var/cache/varnish/kept,{edge.cache.size}" in cache["command"]
    volumes = {each["name"]: each for each in pod["spec"]["volumes"]}
    room = int(volumes["varnish-store"]["emptyDir"]["sizeLimit"].removesuffix("Mi")) * 2**20
    assert edge.cache.size < room, "a pod that uses all of its cache is not evicted"
    memory = int(volumes["varnish-run"]["emptyDir"]["sizeLimit"].removesuffix("Mi")) * 2**20
    assert memory < edge.cache.resources.memory_limit, "what lies in memory counts"
    flows = [flow for flow in traffic.flows(topology) if 8444 in {port.number for port in flow.ports}]
    assert [(flow.source.name, flow.target.name) for flow in flows] == [("processing", "edge-cdn")]
    balancer = next(o for o in of_kind(everything, "Service") if o.name == edge.resource)
    assert {port["targetPort"] for port in balancer.body["spec"]["ports"]} == {"https", "http3"}
    public = next(o for o in of_kind(everything, "Deployment") if o.name == "edge-public")
    assert "initContainers" not in public.body["spec"]["template"]["spec"]


def test_the_flows_are_those_of_the_graph(topology: Topology) -> None:
    edges = {flow.edge for flow in traffic.flows(topology)}
    for service in topology.services.values():
        for callee in service.calls:
            assert f"{service.name} calls {callee}" in edges
        if service.database:
            assert f"{service.name} uses database {service.database.name}" in edges


def test_what_a_person_switches_off_may_be_absent_and_is_nobody_elses(everything: Sequence[Object]) -> None:
    """Row F1.4: pods start without the ConfigMap, and no change of the system takes it back."""
    maps = [
        volume["configMap"]
        for name, spec in pod_specs(everything)
        for volume in spec.get("volumes", [])
        if name.endswith(" gateway") and volume["name"] == "switches"
    ]
    assert maps == [{"name": "switches", "optional": True}]
    assert "switches" not in {one.name for one in everything}
