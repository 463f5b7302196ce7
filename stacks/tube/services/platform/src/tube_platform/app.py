"""Builds the parts that the wiring names. A service's `wired.py` asks for them by name; handlers get the results and nothing else."""

import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tube_platform import logs
from tube_platform.lifecycle import Lifecycle, Part
from tube_platform.ops import OpsServer
from tube_platform.wiring import ChannelWiring, Public, Wiring, WiringError, need

if TYPE_CHECKING:
    import grpc.aio
    from google.protobuf.message import Message

    from tube_platform.channels.messages import Carrier
    from tube_platform.edge_cache import Purges
    from tube_platform.external import External
    from tube_platform.idempotency import Idempotency
    from tube_platform.inbox import Inbox
    from tube_platform.kafka.loop import Handler
    from tube_platform.kafka.producer import KafkaPublisher
    from tube_platform.keyring import FetchKeys
    from tube_platform.objects import Bucket
    from tube_platform.oidc.logins import Logins
    from tube_platform.outbox import Outbox
    from tube_platform.postgres import Database
    from tube_platform.resilience.memory import ValkeyMemory
    from tube_platform.resilience.switches import Features, Switches
    from tube_platform.rpc.certificates import Certificates
    from tube_platform.rpc.peers import Peers
    from tube_platform.rpc.server import GrpcServer
    from tube_platform.sagas.engine import Engine
    from tube_platform.tokens import Issuer, Verifier

log = logs.get(__name__)


class App:
    """One service process. Heavy packages are imported by the methods that need them."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.lifecycle = Lifecycle(wiring.shutdown.drain)
        self.ops = self.lifecycle.add(OpsServer(self.lifecycle, wiring.ops.port))
        self._database: Database | None = None
        self._publisher: KafkaPublisher | None = None
        self._server: GrpcServer | None = None
        self._switches: tuple[Switches, Features] | None = None
        self._strains: list[Callable[[], float]] = []
        self._externals: dict[str, External] = {}
        self._memories: dict[str, ValkeyMemory] = {}
        self._verifier: Verifier | None = None
        self._sagas: Engine | None = None
        self._certificates = self._own_certificates()
        self._last: list[Part] = []
        self._members: Counter[str] = Counter()

    async def run(self) -> int:
        """Live until SIGTERM; the exit code."""
        for part in self._last:
            self.lifecycle.add(part)
        return await self.lifecycle.run()

    def database(self) -> "Database":
        """The service's database."""
        if self._database is None:
            from tube_platform.housekeeping import Housekeeping
            from tube_platform.postgres import Database

            self._database = self.lifecycle.add(Database(need(self.wiring.database, "database")))
            self._strains.append(self._database.queued)
            keep = self.wiring.inbox.keep
            self._last.append(Housekeeping(self._database, self.lifecycle, keep))
        return self._database

    def outbox(self) -> "Outbox":
        """The outbox, with a relay that sends what it holds."""
        from tube_platform.outbox import Outbox, Relay

        self._last.append(Relay(self.database(), self.publisher(), self.wiring.outbox, self.lifecycle))
        return Outbox(self.wiring.publishes)

    def inbox(self) -> "Inbox":
        """The inbox."""
        from tube_platform.inbox import Inbox

        return Inbox(self.database())

    def idempotency(self) -> "Idempotency":
        """Answers by idempotency key."""
        from tube_platform.idempotency import Idempotency

        return Idempotency(self.database())

    def sagas(self) -> "Engine":
        """The sagas that this service orchestrates."""
        if self._sagas is None:
            from tube_platform.outbox import Outbox
            from tube_platform.sagas.engine import Engine
            from tube_platform.sagas.orchestrator import Orchestrator

            self._sagas = Engine(self.database(), Outbox(self.wiring.publishes), self.wiring.sagas)
            self._last.append(Orchestrator(self._sagas, self.lifecycle))
        return self._sagas

    def publisher(self) -> "KafkaPublisher":
        """The producer; the outbox relay and dead letters share it."""
        if self._publisher is None:
            from tube_platform.kafka.producer import KafkaPublisher

            bootstrap = need(self.wiring.kafka, "kafka").bootstrap
            timeout = self.wiring.outbox.delivery_timeout
            self._publisher = self.lifecycle.add(KafkaPublisher(bootstrap, _client_id(self.wiring), timeout))
        return self._publisher

    def bucket(self, name: str) -> "Bucket":
        """A bucket."""
        from tube_platform.objects import S3Bucket

        return S3Bucket(_named(self.wiring.buckets, name, "bucket"))

    def edge_cache(self, name: str) -> "Purges":
        """The cache of an edge, to take answers out of."""
        from tube_platform.edge_cache import EdgeCache

        return EdgeCache(_named(self.wiring.edge_caches, name, "edge cache"))

    def issuer(self) -> "Issuer":
        """Signs access tokens."""
        from tube_platform.tokens import Issuer

        return Issuer(need(self.wiring.tokens, "tokens"))

    def verifier(self, fetch: "FetchKeys") -> "Verifier":
        """Verifies access tokens."""
        from tube_platform.tokens import Verifier

        self._verifier = Verifier(need(self.wiring.verifies, "verifies"), fetch)
        return self._verifier

    def external(self, name: str) -> "External":
        """A system that is not ours."""
        if name not in self._externals:
            from tube_platform.external import External

            wired = _named(self.wiring.externals, name, "external system")
            self._externals[name] = self.lifecycle.add(External(name, wired))
        return self._externals[name]

    def logins(self) -> "Logins":
        """The providers that one can log in by."""
        from tube_platform.oidc.logins import Logins
        from tube_platform.oidc.provider import Provider

        return Logins({name: Provider(own, self.external(name)) for name, own in self.wiring.logins.items()})

    def public(self) -> Public:
        """The addresses that clients see."""
        return need(self.wiring.public, "public")

    def client[S](self, name: str, stub: "Callable[[grpc.aio.Channel], S]") -> S:
        """A stub for a service that this one calls."""
        from tube_platform.resilience.fallback import fallback
        from tube_platform.rpc.client import GrpcClient
        from tube_platform.rpc.guard import Guard

        call = _named(self.wiring.calls, name, "call to")
        guard = Guard(name, call, fallback(name, call, self.memory))
        if self.wiring.switches and not call.critical:
            switches, features = self._switched()
            switches.breakers.setdefault(name, []).append(guard.ill)
            guard.refused = partial(features.refused, name)
        return self.lifecycle.add(GrpcClient(call, name, guard, self._certificates)).stub(stub)

    def features(self) -> "Features":
        """The features that the service can do without, and whether they are on."""
        return self._switched()[1]

    def memory(self, name: str) -> "ValkeyMemory":
        """A cache that holds answers of others."""
        if name not in self._memories:
            from tube_platform.resilience.memory import ValkeyMemory

            cache = _named(self.wiring.caches, name, "cache")
            self._memories[name] = self.lifecycle.add(ValkeyMemory(cache, name))
        return self._memories[name]

    def _switched(self) -> "tuple[Switches, Features]":
        if self._switches is None:
            from tube_platform.resilience.switches import Switches

            switches = Switches(need(self.wiring.switches, "switches"), self._strains)
            self._switches = switches, switches.install()
        return self._switches

    def serve_grpc[S](self, add: "Callable[[S, grpc.aio.Server], None]", servicer: S) -> None:
        """Serve the methods of a contract."""
        if self._server is None:
            from tube_platform.rpc.server import GrpcServer

            self._server = GrpcServer(
                need(self.wiring.grpc, "grpc"), certificates=self._certificates, peers=self._peers()
            )
            self._last.append(self._server)
        self._server.register(add, servicer)

    def _own_certificates(self) -> "Certificates | None":
        """The certificate of this service, where the topology has calls made with them; it is read before all that needs it starts."""
        if self.wiring.mtls is None:
            return None
        from tube_platform.rpc.certificates import Certificates

        return self.lifecycle.add(Certificates(Path(self.wiring.mtls.folder), self.lifecycle))

    def _peers(self) -> "Peers | None":
        if self.wiring.mtls is None:
            return None
        from tube_platform.rpc.peers import Peers

        return Peers(self.wiring.service, self.wiring.mtls.callers)

    def serve_http(self, application: Any) -> None:
        """Serve an ASGI application, within the limits that the topology sets (row F1.2), with GraphQL where it says so (row P4)."""
        from tube_platform import routes
        from tube_platform.web import HttpServer

        http, served = need(self.wiring.http, "http"), self._with_graphql(application)
        routes.install(application)
        self._last.append(HttpServer(http, served, self.lifecycle))

    def _with_graphql(self, application: Any) -> Any:
        """The application behind its limits, with GraphQL if the topology turns it on: else nothing of it is even imported."""
        bounds = self.wiring.graphql
        if bounds is None:
            return self._limited(application)
        try:
            from tube_platform.graphql.endpoint import install
        except ModuleNotFoundError as error:
            raise WiringError(
                f"the topology turns GraphQL on, and this image was built without it: it lacks {error.name}"
            ) from error
        return install(application, bounds, self._limited)

    def _limited(self, application: Any) -> Any:
        """The application behind the limits on its requests, if it has any."""
        own = self.wiring.rate_limit
        if own is None:
            return application
        from tube_platform.limits.advance import InAdvance
        from tube_platform.limits.asgi import Limited
        from tube_platform.limits.counters import Counters, InPod
        from tube_platform.limits.policies import Policies
        from tube_platform.limits.store import Store

        store = Store(_named(self.wiring.caches, own.cache, "cache"))
        counters = self.lifecycle.add(Counters(InAdvance(store), InPod(), own.timeout, own.pods))
        return Limited(application, Policies(self.wiring.service, own, application), counters, self._verifier)

    def consume[M: Message](self, name: str, handler: "Handler[M]") -> None:
        """Handle the records of a topic."""
        from tube_platform.kafka.loop import ConsumerLoop
        from tube_platform.kafka.source import KafkaSource, settings

        subscription = _named(self.wiring.consumes, name, "subscription to")
        instance = _instance(subscription.membership, self._members[subscription.group])
        self._members[subscription.group] += 1
        bootstrap = need(self.wiring.kafka, "kafka").bootstrap
        source = KafkaSource(settings(bootstrap, _client_id(self.wiring), subscription, instance))
        self._last.append(ConsumerLoop(subscription, handler, source, self.publisher(), self.lifecycle))

    def send_by[M: Message](self, way: str, message: type[M], compose: "Callable[[M], Any]") -> None:
        """Tell people by one way what the records of its topic ask for; nothing where another service does it (row M3)."""
        own = self.wiring.channels.get(way)
        if own is None:
            return
        from tube_platform.channels.sending import Sending
        from tube_platform.kafka.loop import Handler

        sending = Sending(way, self.inbox(), compose, self._carrier(way, own))
        self.consume(own.topic, Handler(message, sending.handle))

    def _carrier(self, way: str, own: ChannelWiring) -> "Carrier[Any]":
        if way == "email":
            from tube_platform.channels.smtp import Relay

            relay = _named(self.wiring.externals, own.through, "external system")
            return Relay(own.through, relay, own.sender)
        from tube_platform.channels.gateway import Gateway

        return Gateway(self.external(own.through), own.sender)


def _named[T](parts: dict[str, T], name: str, what: str) -> T:
    if name not in parts:
        raise WiringError(
            f"the wiring has no {what} {name}: the topology and the code of this service disagree"
        )
    return parts[name]


def _client_id(wiring: Wiring) -> str:
    return os.environ.get("POD_NAME") or f"{wiring.system}-{wiring.service}"


def _instance(membership: str, earlier: int = 0) -> str | None:
    """The name that a static member keeps over a restart (row M6). A pod's further members of the same group need other names."""
    if membership != "static":
        return None
    instance = os.environ.get("GROUP_INSTANCE_ID")
    if not instance:
        raise WiringError("static membership needs GROUP_INSTANCE_ID in the environment")
    return f"{instance}-{earlier}" if earlier else instance
