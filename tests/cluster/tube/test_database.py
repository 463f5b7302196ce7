"""Postgres: two endpoints, pools that survive, one transaction a service (rows F3.1, F3.2, F3.3)."""

import pytest

from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube, addresses
from tests.cluster.tube.postgres import CLUSTER, Postgres
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import User

SCANS = "select seq_scan + coalesce(idx_scan, 0) from pg_stat_user_tables where relname = 'videos'"
SESSIONS = "select pid, client_addr, query from pg_stat_activity where datname = '{0}' and usename = '{0}'"


@pytest.mark.row("F3.1")
def test_there_is_an_endpoint_for_writes_and_one_for_reads(kube: Kube, postgres: Postgres) -> None:
    pods = {
        pod["metadata"]["name"]: pod["status"]["podIP"]
        for pod in kube.get("pods", selector=f"cnpg.io/cluster={CLUSTER}")
    }
    assert postgres.replicas()
    assert set(kube.endpoints(f"{CLUSTER}-rw")) == {pods[postgres.primary()]}
    assert set(kube.endpoints(f"{CLUSTER}-ro")) == {pods[name] for name in postgres.replicas()}


@pytest.mark.row("F3.1")
def test_writes_go_to_the_primary_and_marked_reads_to_a_replica(
    kube: Kube, postgres: Postgres, user: User, video: str
) -> None:
    uploaders = set(addresses(kube.pods("upload")))
    assert uploaders & {row[1] for row in postgres.rows("postgres", SESSIONS.format("uploads"))}

    def scans(*pods: str) -> int:
        return sum(int(postgres.value("catalog", SCANS, pod)) for pod in pods)

    replicas, primary = postgres.replicas(), postgres.primary()
    before, at_primary = scans(*replicas), scans(primary)
    for _ in range(20):
        assert user.ask("GET", "/v1/videos").expect(200).json["videos"]
    # A server tells its counters with a delay of up to ten seconds.
    eventually(lambda: scans(*replicas) >= before + 20, "the replicas have been read", 30, every=1)
    assert scans(primary) < at_primary + 10  # what came before may be told late too


@pytest.mark.row("F3.1")
def test_a_replica_takes_no_writes(postgres: Postgres) -> None:
    replicas = postgres.replicas()
    assert replicas
    for pod in replicas:
        assert postgres.value("postgres", "select pg_is_in_recovery()", pod) == "t"
    assert postgres.value("postgres", "select pg_is_in_recovery()") == "f"


@pytest.mark.row("F3.2")
def test_connections_that_are_cut_are_no_error_for_anybody(
    postgres: Postgres, user: User, video: str
) -> None:
    for database in ("uploads", "catalog", "accounts"):
        cut = f"select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '{database}' and usename = '{database}'"
        assert int(postgres.value("postgres", cut)) >= 1
    answers = user.browser.together(
        user.creation("after the cut"),
        user.question("GET", f"/v1/videos/{video}"),
        user.browser.question("POST", "/v1/login", json=user.credentials),
    )
    assert [answer.status for answer in answers] == [201, 200, 200]


@pytest.mark.row("F3.2")
def test_a_pool_holds_no_more_connections_than_the_topology_gives_it(kube: Kube, postgres: Postgres) -> None:
    import json

    wiring = json.loads(kube.get("configmap", "upload-wiring")["data"]["wiring.json"])
    rows = postgres.rows(
        "postgres", "select client_addr, count(*) from pg_stat_activity where usename = 'uploads' group by 1"
    )
    assert rows
    assert all(int(count) <= wiring["database"]["pool"]["max"] for _, count in rows)


@pytest.mark.row("F3.3")
def test_effect_inbox_and_outbox_are_one_transaction(postgres: Postgres, kafka: Kafka, user: User) -> None:
    """Rows of one transaction share the transaction's id, and `now()` is the time of its beginning."""
    video = user.upload("in one piece")
    user.until(video, "ready")
    (event,) = [record.headers["event-id"] for record in kafka.read("video.uploaded") if record.key == video]
    (row,) = postgres.rows(
        "processing",
        f"select f.xmin = i.xmin, f.processed_at = i.processed_at, f.processed_at = o.created_at from films f, inbox i, outbox o "
        f"where f.video_id = '{video}' and i.event_id = '{event}' and convert_from(o.key, 'UTF8') = '{video}'",
    )
    assert row == ["t", "t", "t"]
    (processed,) = [
        record.headers["event-id"] for record in kafka.read("video.processed") if record.key == video
    ]
    for database, table, key in (
        ("statistics", "facts", "video_id"),
        ("notifications", "notifications", "video_id"),
    ):
        query = f"select t.xmin = i.xmin from {table} t, inbox i where t.{key} = '{video}' and i.event_id = '{processed}'"
        eventually(
            lambda database=database, query=query: postgres.rows(database, query) == [["t"]],
            f"one transaction in {database}",
            30,
        )
