"""Between the services: gRPC with a strict schema, found by DNS and balanced by the caller; all else by its own protocol."""

import pytest

from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube, addresses, names
from tests.cluster.tube.metrics import totals
from tests.cluster.tube.postgres import SERVICES, Postgres
from tests.cluster.tube.rpc import call
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Browser, User

pytestmark = pytest.mark.usefixtures("schemathesis")  # begun here, so that nobody waits for it
RESOLVE = (
    "import socket, sys; print(*{a[4][0] for a in socket.getaddrinfo(sys.argv[1], None, socket.AF_INET)})"
)
VALKEY = """
import socket, sys
with socket.create_connection((sys.argv[1], 6379), 5) as s:
    s.sendall(b"*1\\r\\n$4\\r\\nPING\\r\\n")
    print(s.recv(64).decode().strip())
"""
GRPC = ("auth", "upload", "catalog", "statistics", "notifications")


@pytest.fixture(scope="module")
def gateway(kube: Kube) -> str:
    """A pod of the gateway: what it may reach, the policies say."""
    return names(kube.ready_pods("gateway"))[0]


@pytest.mark.row("P5")
def test_the_gateway_asks_services_by_grpc(kube: Kube, user: User, video: str) -> None:
    gateways = names(kube.ready_pods("gateway"))
    wanted = {
        "auth": ("tube.auth.v1.AuthService/Login", lambda: user.browser.ask("POST", "/v1/login", json=user.credentials)),
        "upload": ("tube.upload.v1.UploadService/CreateVideo", lambda: user.create("by gRPC")),
        "catalog": ("tube.catalog.v1.CatalogService/GetVideo", lambda: user.ask("GET", f"/v1/videos/{video}")),
        "statistics": ("tube.statistics.v1.StatisticsService/GetVideoFacts", lambda: user.ask("GET", f"/v1/videos/{video}/facts")),
        "notifications": ("tube.notifications.v1.NotificationsService/ListNotifications", lambda: user.ask("GET", "/v1/notifications")),
    }  # fmt: skip
    for service, (method, act) in wanted.items():
        servers = names(kube.ready_pods(service))
        before = (
            counted(kube, gateways, "rpc_called_total", method),
            counted(kube, servers, "rpc_served_total", method),
        )
        eventually(
            lambda act=act: act().status < 300, f"{service} is asked", 20
        )  # schemathesis logs in, too, and both are counted
        after = (
            counted(kube, gateways, "rpc_called_total", method),
            counted(kube, servers, "rpc_served_total", method),
        )
        assert after[0] > before[0], method
        assert after[1] > before[1], method


def counted(kube: Kube, pods: list[str], name: str, method: str) -> float:
    """A counter of a method over all pods."""
    return sum(totals(kube, pods, name, method=f"/{method}").values())


@pytest.mark.row("P6")
def test_a_malformed_call_is_refused(kube: Kube, gateway: str) -> None:
    garbage = bytes.fromhex("ffffffffff0a")
    status, text = call(kube, gateway, "/tube.upload.v1.UploadService/CreateVideo", garbage, "upload")
    assert (status, "corrupt" in text) == ("UNKNOWN", True), (
        text
    )  # gRPC's own answer, before the service has seen anything
    assert (
        call(kube, gateway, "/tube.upload.v1.UploadService/NoSuchMethod", b"", "upload")[0] == "UNIMPLEMENTED"
    )


@pytest.mark.row("P6")
def test_a_call_that_breaks_the_contract_is_refused_by_the_service(kube: Kube, gateway: str) -> None:
    create = "/tube.upload.v1.UploadService/CreateVideo"
    assert call(kube, gateway, create, b"", "upload")[0] == "INVALID_ARGUMENT"
    assert call(kube, gateway, "/tube.auth.v1.AuthService/Login", b"", "auth")[0] == "INVALID_ARGUMENT"


@pytest.mark.row("P6")
def test_a_call_that_breaks_a_rule_of_its_contract_is_told_which_field(kube: Kube, gateway: str) -> None:
    create = "/tube.upload.v1.UploadService/CreateVideo"
    untitled = b"\x0a\x03key"  # request_id = "key"
    status, text = call(kube, gateway, create, untitled, "upload")
    assert (status, text.partition(":")[0]) == ("INVALID_ARGUMENT", "title"), text
    bare = b"\x0a\x03key\x12\x01v"  # ReserveQuota: request_id and video_id, without a size
    status, text = call(kube, gateway, "/tube.auth.v1.AuthService/ReserveQuota", bare, "auth")
    assert (status, text.partition(":")[0]) == ("INVALID_ARGUMENT", "size_bytes"), text


@pytest.mark.row("P6")
def test_a_request_that_does_not_fit_the_schema_stops_at_the_gateway(user: User) -> None:
    answer = user.ask(
        "POST", "/v1/videos", json={"title": ["no", "text"]}, headers={"idempotency-key": "k"}
    ).expect(400)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.row("A5")
@pytest.mark.parametrize("service", GRPC)
def test_the_name_of_a_service_gives_the_addresses_of_its_pods(
    kube: Kube, gateway: str, service: str
) -> None:
    assert kube.get("service", service)["spec"]["clusterIP"] == "None"

    def same() -> bool:
        found = set(kube.python(gateway, RESOLVE, f"{service}.tube.svc.cluster.local").split())
        assert found == set(addresses(kube.ready_pods(service)))
        return True

    eventually(same, f"DNS knows the pods of {service}", 40)


@pytest.mark.row("A6")
def test_calls_are_spread_over_all_pods_by_the_caller(kube: Kube, browser: Browser) -> None:
    pods = names(kube.ready_pods("auth"))
    assert len(pods) >= 2
    before = totals(kube, pods, "rpc_served_total")
    for _ in range(20):  # each is one call of auth; the answer does not matter
        browser.ask("POST", "/v1/token", json={"refresh_token": "none"}).expect(401)
    after = totals(kube, pods, "rpc_served_total")
    grown = {pod: after[pod] - before[pod] for pod in pods}
    assert all(grown.values()), grown
    assert sum(grown.values()) >= 20


@pytest.mark.row("P11")
def test_kafka_is_spoken_to_in_its_own_protocol(kafka: Kafka) -> None:
    for group in ("processing", "statistics", "notifications"):
        clients = [member["client"] for member in kafka.group(group)["members"]]
        assert clients, group


@pytest.mark.row("P11")
@pytest.mark.parametrize("service", SERVICES)
def test_postgres_is_spoken_to_in_its_own_protocol(kube: Kube, postgres: Postgres, service: str) -> None:
    database = SERVICES[service]
    rows = postgres.rows(
        "postgres",
        f"select distinct client_addr from pg_stat_activity where datname = '{database}' and usename = '{database}'",
    )
    assert {row[0] for row in rows} & set(addresses(kube.pods(service)))


@pytest.mark.row("P11")
def test_the_cache_is_spoken_to_in_its_own_protocol(kube: Kube, gateway: str) -> None:
    assert kube.python(gateway, VALKEY, "cache-fast.tube.svc.cluster.local").strip() == "+PONG"
