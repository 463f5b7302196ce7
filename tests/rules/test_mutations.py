"""Break one thing in the reference system: its rule finds exactly that, and no other rule speaks."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from wireplan.findings import Severity
from wireplan.rim.sources import sources
from wireplan.rules.check import check, every

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"

Mutation = tuple[str, str, str]

# code, what stands in stacks/tube/topology.yaml, what is put in its place
MUTATIONS: list[Mutation] = [
    ("KAF001", "key: video_id} # M4", "key: video_id, replication_factor: 2} # M4"),
    ("KAF001", "key: video_id} # M4", "key: video_id, replication_factor: 4} # M4"),
    ("KAF002", "key: video_id} # M4", "key: video_id, min_insync_replicas: 1} # M4"),
    ("KAF002", "key: video_id} # M4", "key: video_id, min_insync_replicas: 3} # M4"),
    ("KAF003", "kafka: {brokers: 3}", "kafka: {brokers: 2}"),
    (
        "KAF004",
        "caches: {fast: {memory: 256Mi}}",
        "caches: {fast: {memory: 256Mi}}\nenvironment: {kafka: strimzi}\npatches:\n"
        "  - {kind: Kafka, reason: less disk, merge: {spec: {kafka: {config: {offsets.topic.replication.factor: 1}}}}}",
    ),
    ("KAF006", "{group: statistics}", "{group: statistics, commit: before-effect}"),
    ("KAF007", "membership: static,", "membership: static, protocol: consumer,"),
    ("KAF009", "membership: static,", "membership: static, session_timeout: 10m,"),
    ("KAF010", "key: video_id} # M4", "key: video_id, partitions: 3} # M4"),
    ("KAF011", "membership: static,", "membership: static, max_poll_interval: 30s,"),
    ("KAF011", "membership: static,", "membership: static, max_poll_interval: 100s, max_poll_records: 5,"),
    ("KAF012", "video.processed: {group: catalog}", "video.processed: {group: catalog, dead_letter: false}"),
    ("KAF013", "{group: statistics}", "{group: statistics, ordering: key}"),
    ("KAF014", "{group: statistics}", "{group: statistics, membership: share}"),
    ("KAF015", "{group: statistics}", "{group: statistics, offset_reset: latest}"),
    ("KAF016", "partitions: 1} # M1", "partitions: 1, retention: 1d} # M1"),
    (
        "KAF017",
        "partitions: 1} # M1",
        "partitions: 1}\n  video.processed.catalog.dlt: {max_message_bytes: 1Mi}",
    ),
    ("KAF018", "kafka: {brokers: 3}", "kafka: {brokers: 3, unclean_leader_election: true}"),
    ("MSG001", "publishes: [video.uploaded]", "publishes: {video.uploaded: {outbox: false}}"),
    ("MSG003", "{group: statistics}", "{group: statistics, inbox: false}"),
    ("MSG006", "publishes: [video.processed]", "publishes: [video.processed, video.uploaded]"),
    ("RPC001", "catalog: {deadline: 1s}", "catalog: {deadline: 1s, load_balancing: pick_first}"),
    (
        "RPC001",
        "serves: tube.catalog.v1.CatalogService",
        "serves: tube.catalog.v1.CatalogService\n    headless: false",
    ),
    ("RPC004", "budget: 10s", "budget: 2s"),
    ("PG001", "rpo: 0s", "rpo: 0s\n    synchronous: {durability: preferred}"),
    ("PG001", "rpo: 0s", "rpo: 0s\n    synchronous: {failover_quorum: false}"),
    ("PG006", "rpo: 0s", "rpo: 0s\n    max_connections: 40"),
    ("K8S002", "resources: {memory: 512Mi}", "resources: {memory: 512Mi}\n    shutdown: {grace: 30s}"),
    ("SEC003", "serves_http: http2", "serves_http: http2\n    environment: {API_TOKEN: a1b2c3d4e5f6}"),
]


@pytest.fixture
def tube(tmp_path: Path) -> Callable[[Mutation], Path]:
    """Tube with one mutation. The protos are found where they are."""

    def mutated(mutation: Mutation) -> Path:
        _, old, new = mutation
        text = (TUBE / "topology.yaml").read_text().replace("../../protos", str(TUBE.parents[1] / "protos"))
        assert text.count(old) == 1, f"the mutation no longer fits: {old}"
        file = tmp_path / "topology.yaml"
        file.write_text(text.replace(old, new))
        return file

    return mutated


@pytest.mark.parametrize(
    "mutation", MUTATIONS, ids=lambda mutation: f"{mutation[0]} {mutation[2].splitlines()[-1].strip()[:50]}"
)
def test_a_mutation_of_tube_is_found_and_nothing_else(
    mutation: Mutation, tube: Callable[[Mutation], Path]
) -> None:
    file = tube(mutation)
    found = sources(file)
    assert found.topology is not None, found.findings
    findings = check(found.topology)
    assert [finding.code for finding in findings] == [mutation[0]]
    word = re.split(r"[{:,]", mutation[2].splitlines()[-1])[0].strip()
    line = file.read_text().splitlines()[findings[0].at.line - 1]
    assert word in line or mutation[2] in line, "the finding points at the line that was changed"


def test_every_rule_has_a_mutation() -> None:
    assert {mutation[0] for mutation in MUTATIONS} == {rule.code for rule in every()}


@pytest.mark.parametrize("environment", [None, "local", "staging", "prod"])
def test_tube_itself_has_no_finding(environment: str | None) -> None:
    found = sources(TUBE / "topology.yaml", environment)
    assert found.findings == ()
    assert found.topology is not None
    assert check(found.topology) == []


@pytest.mark.parametrize(
    "mutation", [each for each in MUTATIONS if each[0] in {"KAF002", "PG001"}], ids=lambda each: each[2]
)
def test_some_promises_are_milder_in_dev(mutation: Mutation, tube: Callable[[Mutation], Path]) -> None:
    """On one machine a copy of a copy protects from nothing, so these warn there and refuse in prod."""
    topology = sources(tube(mutation)).topology
    assert topology is not None
    assert [finding.severity for finding in check(topology, profile="dev")] == [Severity.WARNING]
    assert [finding.severity for finding in check(topology, profile="prod")] == [Severity.ERROR]
