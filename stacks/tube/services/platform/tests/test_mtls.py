"""Services know each other by certificates, which change while they run (docs/identity-of-services.md): real gRPC, real certificates, over loopback."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from tube_platform import errors, metrics
from tube_platform.app import App
from tube_platform.rpc import codes, http, peers
from tube_platform.rpc.certificates import Certificates
from tube_platform.rpc.client import GrpcClient
from tube_platform.rpc.peers import Peers
from tube_platform.rpc.server import GrpcServer
from tube_platform.testing import echo
from tube_platform.testing.certificates import Authority, identity, mount
from tube_platform.wiring import Call, Grpc, MtlsWiring, Wiring, WiringError

METHOD = f"/{echo.SERVICE}/Echo"
HEALTH_CHECK = "/grpc.health.v1.Health/Check"
CALLERS = {identity("gateway"): ()}


class Service:
    """Answers; waits first, where a test has it wait."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.began = asyncio.Event()
        self.seen: set[bytes] = set()

    async def Echo(self, request: Any, context: Any) -> Any:
        """Answer, and remember which certificate the connection was made with."""
        self.seen.add(context.auth_context()["x509_pem_cert"][0])
        self.began.set()
        await self.gate.wait()
        return echo.EchoResponse(text=request.text)


class World:
    """A server `upload` and whoever calls it, each with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority()
        self.service = Service()
        self.server_certificates = Certificates(self.authority.issue(folder / "upload", "upload"))
        self.server = GrpcServer(
            Grpc(0),
            host="127.0.0.1",
            certificates=self.server_certificates,
            peers=Peers("upload", CALLERS),
        )
        echo_add: Any = echo.add_echo
        self.server.register(echo_add, self.service)

    def client(self, certificates: Certificates | None) -> GrpcClient:
        """A client of the server."""
        call = Call(f"dns:///localhost:{self.server.bound_port}", "upload", 5.0)
        return GrpcClient(call, "upload", certificates=certificates)

    def certificates(self, service: str, authority: Authority | None = None, **named: Any) -> Certificates:
        """The certificates of a caller."""
        return Certificates((authority or self.authority).issue(self.folder / service, service, **named))


@asynccontextmanager
async def running(world: World) -> AsyncGenerator[World]:
    """Its server runs, and ends whatever happens: one that is left behind keeps the process from ending."""
    await world.server.start()
    try:
        yield world
    finally:
        await world.server.drain(0)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    """A server that runs."""
    async with running(World(tmp_path)) as world:
        yield world


@asynccontextmanager
async def calling(world: World, certificates: Certificates | None) -> AsyncGenerator[Any]:
    """The method, as a client with certificates calls it."""
    client = world.client(certificates)
    try:
        yield echo.EchoStub(client.channel).Echo
    finally:
        await client.close()


async def answer(world: World, certificates: Certificates | None) -> grpc.aio.AioRpcError | None:
    """What one call is answered; None: it went well."""
    async with calling(world, certificates) as method:
        try:
            await method(echo.EchoRequest(text="o"))
        except grpc.aio.AioRpcError as error:
            return error
    return None


async def test_a_caller_of_the_topology_is_served(world: World) -> None:
    assert await answer(world, world.certificates("gateway")) is None


async def test_plain_text_is_refused(world: World) -> None:
    refused = await answer(world, None)
    assert refused
    assert refused.code() is grpc.StatusCode.UNAVAILABLE
    assert world.service.seen == set()


async def test_a_client_without_a_certificate_is_refused(world: World) -> None:
    credentials = grpc.ssl_channel_credentials(world.authority.root)
    async with grpc.aio.secure_channel(f"localhost:{world.server.bound_port}", credentials) as channel:
        stub: Any = echo.EchoStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Echo(echo.EchoRequest(text="o"), timeout=5)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_an_expired_certificate_is_refused(world: World) -> None:
    refused = await answer(world, world.certificates("gateway", until=-1.0))
    assert refused
    assert refused.code() is grpc.StatusCode.UNAVAILABLE
    assert world.service.seen == set()


async def test_a_certificate_of_another_authority_is_refused(world: World) -> None:
    refused = await answer(world, world.certificates("gateway", Authority(), roots=world.authority.root))
    assert refused
    assert refused.code() is grpc.StatusCode.UNAVAILABLE
    assert world.service.seen == set()


async def test_a_server_of_another_authority_gets_no_calls(world: World) -> None:
    refused = await answer(world, world.certificates("gateway", roots=Authority().root))
    assert refused
    assert refused.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_service_that_the_topology_does_not_have_call_is_told_so(world: World) -> None:
    before = refusals("media")
    refused = await answer(world, world.certificates("media"))
    assert refused
    assert refused.code() is grpc.StatusCode.PERMISSION_DENIED
    assert refused.details() == "media may not call upload: the topology has no services.media.calls.upload"
    assert codes.reason(refused) == peers.REASON
    assert world.service.seen == set()
    assert refusals("media") == before + 1


async def test_a_certificate_that_names_no_service_may_call_nothing(world: World) -> None:
    refused = await answer(world, world.certificates("gateway", unnamed=True))
    assert refused
    assert refused.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "names no service" in (refused.details() or "")


async def test_health_is_told_to_whoever_has_come_through_the_handshake(world: World) -> None:
    before = REGISTRY.get_sample_value("peers_refused_total", {"peer": "media", "method": HEALTH_CHECK})
    credentials = world.certificates("media").held.of_client()
    async with grpc.aio.secure_channel(f"localhost:{world.server.bound_port}", credentials) as channel:
        stub = cast("Any", health_pb2_grpc).HealthStub(channel)
        checked = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        async for watched in stub.Watch(health_pb2.HealthCheckRequest(), timeout=5):
            assert watched.status == checked.status == health_pb2.HealthCheckResponse.SERVING
            break
    after = REGISTRY.get_sample_value("peers_refused_total", {"peer": "media", "method": HEALTH_CHECK})
    assert after == before


@pytest.mark.parametrize("service", ["gateway", "media"])
async def test_a_method_that_streams_is_served_to_nobody(tmp_path: Path, service: str) -> None:
    """Who calls is asked around single calls only, so anything else would be open to every certificate."""
    world, reached = World(tmp_path), list[Any]()

    async def streamed(request: Any, context: Any) -> AsyncGenerator[Any]:
        reached.append(request)
        yield echo.EchoResponse(text="o")

    def add(_: Any, server: grpc.aio.Server) -> None:
        handler = grpc.unary_stream_rpc_method_handler(
            streamed, echo.EchoRequest.FromString, echo.EchoResponse.SerializeToString
        )
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s", {"Many": handler}),))

    world.server.register(add, None)
    credentials = world.certificates(service).held.of_client()
    async with (
        running(world),
        grpc.aio.secure_channel(f"localhost:{world.server.bound_port}", credentials) as channel,
    ):
        many = cast("Any", channel).unary_stream("/s/Many", echo.EchoRequest.SerializeToString)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await many(echo.EchoRequest(text="o"), timeout=5).read()
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert reached == []


def refusals(peer: str) -> float:
    """How many calls of a service were refused."""
    return REGISTRY.get_sample_value("peers_refused_total", {"peer": peer, "method": METHOD}) or 0.0


class Context:
    """Of a call on a connection with certificates of these names."""

    def __init__(self, *names: str) -> None:
        self.names = [name.encode() for name in names]

    def auth_context(self) -> dict[str, list[bytes]]:
        """As gRPC gives it."""
        return {peers.IDENTITY: self.names} if self.names else {}


SERVICES, METHODS = st.sampled_from(["a", "b", "c"]), st.sampled_from(["/s/A", "/s/B"])


@given(
    allowed=st.dictionaries(SERVICES, st.sets(METHODS)),
    names=st.lists(SERVICES, max_size=2),
    method=METHODS,
)
def test_who_passes_is_exactly_who_has_one_name_and_that_call(
    allowed: dict[str, set[str]], names: list[str], method: str
) -> None:
    wired = {identity(name): tuple(methods) for name, methods in allowed.items()}
    may = len(names) == 1 and names[0] in allowed and (not allowed[names[0]] or method in allowed[names[0]])
    try:
        Peers("upload", wired).check(Context(*(identity(name) for name in names)), method)
    except errors.Forbidden:
        assert not may
    else:
        assert may


async def test_certificates_change_under_running_calls_and_none_fails(world: World) -> None:
    certificates = world.certificates("gateway")
    done, going = 0, True

    async def stream(method: Any) -> None:
        nonlocal done
        while going:
            await method(echo.EchoRequest(text="o"))
            done += 1

    async with calling(world, certificates) as method:
        await method(echo.EchoRequest(text="first"))
        streams = [asyncio.create_task(stream(method)) for _ in range(4)]
        for change in range(1, 7):
            world.authority.issue(world.folder / "gateway", "gateway")
            world.authority.issue(world.folder / "upload", "upload")
            await world.server_certificates.look()
            await certificates.look()
            enough = done + 20
            while done < enough and not any(each.done() for each in streams):
                await asyncio.sleep(0)
            assert len(world.service.seen) == change + 1
        going = False
        await asyncio.gather(*streams)


async def test_a_call_in_hand_ends_on_the_connection_that_it_began_on(world: World) -> None:
    certificates = world.certificates("gateway")
    async with calling(world, certificates) as method:
        world.service.gate.clear()
        before = asyncio.ensure_future(method(echo.EchoRequest(text="before")))
        began = asyncio.ensure_future(world.service.began.wait())
        await asyncio.wait((before, began), return_when=asyncio.FIRST_COMPLETED)
        world.authority.issue(world.folder / "gateway", "gateway")
        await certificates.look()
        world.service.gate.set()
        assert (await method(echo.EchoRequest(text="after"))).text == "after"
        assert (await before).text == "before"
    assert len(world.service.seen) == 2


async def test_another_authority_takes_over_while_both_are_trusted(world: World) -> None:
    certificates, new = world.certificates("gateway"), Authority()
    both = world.authority.root + new.root
    parts = (("gateway", certificates), ("upload", world.server_certificates))
    async with calling(world, certificates) as method:
        for authority, roots in ((world.authority, both), (new, both), (new, new.root)):
            for service, own in parts:
                authority.issue(world.folder / service, service, roots=roots)
                await own.look()
                assert (await method(echo.EchoRequest(text="o"))).text == "o"


async def test_after_all_certificates_were_over_calls_go_on_with_the_next_ones(tmp_path: Path) -> None:
    """What signs was away for longer than a certificate lives: nothing has to be started anew when it is back."""
    world = World(tmp_path)
    world.authority.issue(tmp_path / "upload", "upload", until=-1.0)
    certificates = world.certificates("gateway", until=-1.0)
    async with running(world), calling(world, certificates) as method:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await method(echo.EchoRequest(text="o"))
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        world.authority.issue(tmp_path / "upload", "upload")
        world.authority.issue(tmp_path / "gateway", "gateway")
        await world.server_certificates.look()
        await certificates.look()
        assert (await method(echo.EchoRequest(text="o"))).text == "o"


async def test_what_cannot_be_used_is_left_and_the_one_in_hand_goes_on(world: World) -> None:
    certificates = world.certificates("gateway")
    other = world.authority.issue(world.folder / "other", "gateway") / "..data"
    ours = certificates.folder / "..data"
    async with calling(world, certificates) as method:
        await method(echo.EchoRequest(text="o"))
        files = {name: (ours / name).read_bytes() for name in ("tls.crt", "tls.key", "ca.crt")}
        wrong = {"tls.key": (other / "tls.key").read_bytes()}, {"tls.crt": b"nothing"}, {"ca.crt": b""}
        for broken in wrong:
            mount(certificates.folder, {**files, **broken})
            await certificates.look()
            assert (await method(echo.EchoRequest(text="o"))).text == "o"
    assert len(world.service.seen) == 1


def test_a_service_without_its_certificate_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(WiringError, match="cannot be read"):
        _ = Certificates(tmp_path / "nothing").held


async def test_when_a_certificate_ends_is_a_metric(tmp_path: Path) -> None:
    certificates = Certificates(Authority().issue(tmp_path / "upload", "upload"))
    await certificates.start()
    assert REGISTRY.get_sample_value("certificate_expires_timestamp_seconds") == certificates.held.expires
    metrics.certificate_expires.set(0)


async def test_an_app_reads_its_certificate_before_it_serves(tmp_path: Path) -> None:
    Authority().issue(tmp_path / "upload", "upload")
    mtls = MtlsWiring(str(tmp_path / "upload"), identity("upload"), CALLERS)
    app = App(Wiring("system", "upload", grpc=Grpc(0), mtls=mtls))
    app.serve_grpc(lambda servicer, server: None, Service())
    assert [part.name for part in app.lifecycle._parts] == ["ops", "certificates"]
    [server] = app._last
    assert isinstance(server, GrpcServer)
    assert server.peers == Peers("upload", CALLERS)
    assert server.certificates is app.lifecycle._parts[1]


def test_a_gateway_that_may_not_call_blames_nobody_else() -> None:
    async def refused(_: Any) -> None:
        trailing = grpc.aio.Metadata((codes.REASON_KEY, peers.REASON))
        raise grpc.aio.AioRpcError(
            grpc.StatusCode.PERMISSION_DENIED, grpc.aio.Metadata(), trailing, "gateway may not"
        )

    application = Starlette(routes=[Route("/", refused)])
    http.install(application)
    answered = TestClient(application, raise_server_exceptions=False).get("/")
    assert answered.status_code == 500
    assert "gateway may not" not in answered.text
