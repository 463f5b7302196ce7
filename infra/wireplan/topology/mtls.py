"""Who services are to each other where gRPC is spoken with certificates on both sides: their names, and whose calls they take (docs/identity-of-services.md).

A certificate names its service twice: as a SPIFFE ID, by which a server knows who calls, and as the DNS name that its clients connect to.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from wireplan.records import dataclass
from wireplan.topology import index, names
from wireplan.topology.types import Call, Service, Topology

FOLDER = f"{names.SECRETS}/mtls"

RENEWED = 0.5
"""Of a certificate's lifetime: then it is renewed, and whoever mends what renews has the other half for it."""

SPREAD = 180.0
"""Seconds from a renewal until every pod uses it: the controller looks twice a minute, the kubelet brings a changed Secret within a minute and a half
(it looks at a pod's volumes once in its sync period and up to half of it more, and watches the Secrets), a service looks every 5 s."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A service with a certificate, and the Secret that it is kept in."""

    service: str
    secret: str
    identity: str  # spiffe://cluster.local/ns/tube/sa/upload
    dns: str  # upload.tube.svc.cluster.local


def holders(topology: Topology) -> Iterator[Holder]:
    """Every service that speaks gRPC, on either side; none where that is in plain text."""
    if topology.environment.mtls is None:
        return
    for name in sorted(topology.services):
        if speaks(topology.services[name]):
            yield holder(topology, topology.services[name])


def holder(topology: Topology, service: Service) -> Holder:
    """What the certificate of a service says."""
    namespace = topology.environment.namespace
    identity = names.identity(namespace, service.name)
    return Holder(service.name, names.mtls_secret(service.name), identity, service.dns)


def speaks(service: Service) -> bool:
    """Whether a service serves gRPC or calls by it."""
    return service.ports.grpc is not None or any(call.protocol == "grpc" for call in service.calls.values())


def wired(topology: Topology, own: Service) -> dict[str, Any] | None:
    """For the wiring: who the service is, and who may call it."""
    if topology.environment.mtls is None or not speaks(own):
        return None
    found = {"folder": FOLDER, "name": names.identity(topology.environment.namespace, own.name)}
    return {**found, "callers": callers(topology, own)}


def callers(topology: Topology, own: Service) -> dict[str, list[str]]:
    """By SPIFFE ID, the full names of the methods that a service may call of `own`; none named: all of them."""
    namespace = topology.environment.namespace
    calls = sorted(index.grpc_callers(topology).get(own.name, ()), key=lambda call: call.caller)
    return {names.identity(namespace, call.caller): methods(topology, call) for call in calls}


def methods(topology: Topology, call: Call) -> list[str]:
    """The methods of a call that names some, and with them those that its caller's sagas need. Who verifies the callee's tokens asks for its keys, by a method that nobody wrote down."""
    if not call.methods or topology.services[call.caller].verifies_tokens_of == call.callee:
        return []
    wanted = {*call.methods, *_of_sagas(topology, call)}
    return [f"/{call.contract}/{name}" for name in sorted(wanted)]


def _of_sagas(topology: Topology, call: Call) -> Iterator[str]:
    for saga in topology.sagas.values():
        if saga.owner != call.caller:
            continue
        for step in saga.steps:
            for target in (step.call, step.undo_call, step.undo):
                service, _, method = (target or "").partition(".")
                if service == call.callee:
                    yield method


def renewed_after(lifetime: float) -> float:
    """Seconds from the issue of a certificate to its renewal."""
    return lifetime * RENEWED


def connections(topology: Topology) -> Mapping[str, float]:
    """The longest that a connection may live, seconds, by the service that serves it; only of those that somebody calls.

    gRPC adds up to a tenth to max_connection_age, so that not all end at once (gRFC A9).
    """
    called = index.grpc_callers(topology)
    return {
        name: service.grpc.max_connection_age * 11 / 10 + service.grpc.max_connection_age_grace
        for name, service in topology.services.items()
        if service.grpc and name in called
    }
