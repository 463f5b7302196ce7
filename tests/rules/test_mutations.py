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

KAFKA = "kafka: {brokers: 3} # rows F2.1, F2.5"
FIRST = "services:\n  gateway: # rows A1, P2, P5"
UPLOADS = "      - {path: /originals/, to: bucket originals, protocol: http1} # presigned uploads, S3's own protocol"
WAIVED = "waivers:\n" + (TUBE / "topology.yaml").read_text().partition("\nwaivers:\n")[2].rstrip()
MAIN = "databases:\n  main: # rows F3.1, F3.6"


def saga(*steps: str, **rest: str) -> str:
    """A saga in the file, which has none."""
    lines = ["sagas:", "  keep:", "    steps:", *(f"      - {step}" for step in steps)]
    return "\n".join([KAFKA, *lines, *(f"    {key}: {value}" for key, value in rest.items())])


def owned(owner: str, *steps: str) -> str:
    """A saga whose last step is the last line."""
    lines = ["sagas:", "  keep:", f"    owner: {owner}", "    steps:", *(f"      - {step}" for step in steps)]
    return "\n".join([KAFKA, *lines])


CREATE = "create: {call: upload.CreateVideo, undo: upload.CompleteVideo}"
SEND = "send: {send: video.uploaded, pivot: true}"
LOOK = "look: {call: upload.GetVideo, timeout: 1h}"


def patched(patch: str) -> str:
    """A patch in the file, which has none."""
    return f"{KAFKA}\npatches:\n  - {patch.replace('{', '{reason: a test, ', 1)}"


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
        "caches: {fast: {memory: 256Mi}}\nenvironment: {kafka: strimzi, survives: 0}\npatches:\n"
        "  - {kind: Kafka, reason: less disk, merge: {spec: {kafka: {config: {offsets.topic.replication.factor: 1}}}}}",
    ),
    ("KAF005", "publishes: [video.processed]", "publishes: {video.processed: {acks: leader}}"),
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
    (
        "KAF019",
        "buckets: {renditions: read}\n\ntopics:",
        "buckets: {renditions: read}\n    publishes: [page.viewed]\n\ntopics:\n"
        "  page.viewed: {message: tube.events.v1.VideoUploaded, durable: false, replication_factor: 1}",
    ),
    ("KAF020", "timeout: 120s, mean: 40s}", "timeout: 20m, mean: 10m}"),
    ("KAF020", "{group: statistics}", "{group: statistics, handler: {mean: 20s}}"),
    ("KAF021", "catch_up: 12h", "catch_up: 2h"),
    (
        "DUR001",
        f"{MAIN}\n    backup: {{to: backups, every: 1d}} # row F3.5\n    instances: 3\n    rpo: 0s",
        f"environment: {{profile: prod}}\n{MAIN}\n    backup: {{to: backups, every: 1d}}\n    instances: 2",
    ),
    ("MSG001", "publishes: [video.uploaded]", "publishes: {video.uploaded: {outbox: false}}"),
    ("MSG003", "{group: statistics}", "{group: statistics, inbox: false}"),
    ("MSG006", "publishes: [video.processed]", "publishes: [video.processed, video.uploaded]"),
    ("MSG007", "host: tube.example", "host: tube.example\n    max_body: 10Mi"),
    ("RPC001", "catalog: {deadline: 1s}", "catalog: {deadline: 1s, load_balancing: pick_first}"),
    (
        "RPC001",
        "serves: tube.catalog.v1.CatalogService",
        "serves: tube.catalog.v1.CatalogService\n    headless: false",
    ),
    ("RPC004", "budget: 10s", "budget: 2s"),
    (
        "RPC002",
        "serves: tube.catalog.v1.CatalogService",
        "serves: tube.catalog.v1.CatalogService\n    grpc: {max_connection_age: 1h}",
    ),
    (
        "RPC002",
        "serves: tube.upload.v1.UploadService",
        "serves: tube.upload.v1.UploadService\n    grpc: {max_connection_age_grace: 1s}",
    ),
    (
        "RPC003",
        "serves: tube.catalog.v1.CatalogService",
        "serves: tube.catalog.v1.CatalogService\n    grpc: {min_ping_interval: 5m}",
    ),
    ("RPC005", "retry: {attempts: 2}}", "retry: {attempts: 2, on: [UNAVAILABLE, NOT_FOUND]}}"),
    (
        "RPC006",
        "serves: tube.upload.v1.UploadService",
        "serves: tube.upload.v1.UploadService\n    calls: {catalog: {deadline: 1s, retry: 3}}",
    ),
    ("RPC007", "catalog: {deadline: 1s}", "catalog: {deadline: 1s, retry: {initial_backoff: 0s}}"),
    (
        "RPC009",
        "group: statistics}}\n  notifications: # row M2\n",
        "group: statistics}}\n    calls: {notifications: {deadline: 400ms, fallback: empty}}\n"
        "  notifications: # row M2\n    calls: {statistics: {deadline: 400ms, fallback: empty}}\n",
    ),
    ("RPC010", "critical: false, fallback: empty} # rows F1.4, F1.6", "critical: false} # rows F1.4, F1.6"),
    ("RPC010", "catalog: {deadline: 1s}", "catalog: {deadline: 1s, critical: false}"),
    (
        "RPC011",
        "consumes: {video.processed: {group: catalog}}",
        "consumes: {video.processed: {group: catalog, handler: 50ms}}\n    calls: {statistics: {deadline: 40ms, retry: 1, fallback: empty}}",
    ),
    ("RPC012", "catalog: {deadline: 1s}", "catalog: {deadline: 1s, breaker: {close_after: 1}}"),
    (
        "RPC013",
        "catalog: {deadline: 1s}",
        "catalog: {deadline: 1s, fallback: {cache: fast, ttl: 10m, max_stale: 1m}}",
    ),
    ("EDG001", "host: tube.example", "host: tube.example\n    early_data: true"),
    (
        "EDG002",
        "host: cdn.tube.example\n    clients: [http3, http2]",
        "host: cdn.tube.example\n    clients: [http3]",
    ),
    (
        "EDG003",
        f"budget: 10s\n    routes:\n{UPLOADS}\n      - {{path: /, to: gateway, protocol: http2}}",
        f"budget: 10s\n    availability: 99.5%\n    routes:\n{UPLOADS}\n      - {{path: /, to: gateway, objective: 99.9%}}",
    ),
    (
        "K8S001",
        "serves: tube.catalog.v1.CatalogService",
        "serves: tube.catalog.v1.CatalogService\n    probes: {liveness: {failures: 1}}",
    ),
    (
        "K8S003",
        "serves: tube.catalog.v1.CatalogService",
        "serves: tube.catalog.v1.CatalogService\n    replicas: 1",
    ),
    ("K8S003", "host: cdn.tube.example", "host: cdn.tube.example\n    replicas: 1..3"),
    ("K8S004", WAIVED, "object_store: {provider: builtin}"),
    ("PG001", "rpo: 0s", "rpo: 0s\n    synchronous: {durability: preferred}"),
    ("PG001", "rpo: 0s", "rpo: 0s\n    synchronous: {failover_quorum: false}"),
    ("PG002", "rpo: 0s", "rpo: 1m\n    synchronous: {durability: preferred}"),
    ("PG003", "rpo: 0s", "rpo: 0s\n    synchronous: {number: 2}"),
    (
        "PG004",
        KAFKA,
        patched("{kind: Cluster, merge: {spec: {probes: {liveness: {isolationCheck: {enabled: false}}}}}}"),
    ),
    (
        "PG005",
        "serves: tube.notifications.v1.NotificationsService",
        "serves: tube.notifications.v1.NotificationsService\n    reads_from_replicas: [Follow]",
    ),
    ("PG006", "rpo: 0s", "rpo: 0s\n    max_connections: 40"),
    ("PG007", KAFKA, patched("{kind: Pooler, merge: {spec: {pgbouncer: {poolMode: transaction}}}}")),
    (
        "PG008",
        f"{MAIN}\n    backup: {{to: backups, every: 1d}} # row F3.5",
        f"environment: {{profile: prod, survives: 0}}\n{MAIN}",
    ),
    ("PG009", "backup: {to: backups, every: 1d}", "backup: {to: backups, every: 1d, keep: 3d}"),
    ("PG010", "rpo: 0s", 'rpo: 0s\n    parameters: {fsync: "off"}'),
    ("PG010", "rpo: 0s", "rpo: 0s\n    parameters: {synchronous_commit: local}"),
    ("PG011", "instances: 3\n    rpo: 0s", "instances: 1"),
    ("CAC001", "caches: {fast: {memory: 256Mi}}", "caches: {fast: {memory: 256Mi, eviction: noeviction}}"),
    ("SAG001", KAFKA, owned("upload", CREATE, SEND, "look: {call: upload.CompleteVideo, retry: limited}")),
    (
        "SAG001",
        KAFKA,
        owned("upload", SEND, "create: {call: upload.CreateVideo, undo: upload.CompleteVideo}"),
    ),
    ("SAG001", KAFKA, owned("upload", SEND, "again: {call: upload.CreateVideo, pivot: true}")),
    ("SAG002", KAFKA, saga(CREATE, SEND, LOOK, owner="upload", timeout="2m")),
    ("SAG003", KAFKA, saga(CREATE, LOOK, owner="gateway")),
    ("SAG004", KAFKA, owned("upload", CREATE, SEND, "look: {call: catalog.GetVideo}")),
    ("K8S002", "resources: {memory: 512Mi}", "resources: {memory: 512Mi}\n    shutdown: {grace: 30s}"),
    ("SEC001", KAFKA, patched("{kind: StatefulSet, merge: {spec: {template: {spec: {hostNetwork: true}}}}}")),
    ("SEC001", KAFKA, patched("{kind: Pooler, merge: {spec: {template: {spec: {hostPID: true}}}}}")),
    (
        "SEC001",
        KAFKA,
        patched("{kind: Deployment, merge: {spec: {template: {spec: {securityContext: null}}}}}"),
    ),
    ("SEC002", KAFKA, patched("{kind: NetworkPolicy, name: upload, merge: {spec: {ingress: [{}]}}}")),
    ("SEC004", "access: 10m,", "access: 1h,"),
    ("SEC005", "algorithm: Ed25519,", "algorithm: HS256,"),
    (
        "SEC006",
        FIRST,
        f"externals: {{id: {{kind: oidc, url: https://id.example}}}}\n{FIRST}\n    oauth: [{{provider: id, pkce: plain}}]",
    ),
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
