"""Alerts of the certificates by which services know each other: one that is not renewed, a caller that is refused."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.alert import Firing, Urgency, alert, scope
from wireplan.monitoring.metrics import CERTIFICATE_EXPIRES, PEERS_REFUSED
from wireplan.topology import mtls, names
from wireplan.topology.types import Topology

LEFT = 0.25
"""Of a lifetime: a certificate is renewed when half is left, so half of that went by in vain, and the same is there to mend it."""

HOLD = 300.0
"""Seconds that a page waits, where that much is left."""


@alert(
    "CertificateNotRenewed",
    Urgency.PAGE,
    rule="SEC010",
    when="the certificate of a pod has less than a quarter of its lifetime left; it should have been renewed at half",
)
def certificate_not_renewed(topology: Topology) -> Iterator[Firing]:
    """Calls that will fail all at once."""
    for holder in mtls.holders(topology):
        ends = scope(topology, holder.service).of(CERTIFICATE_EXPIRES)
        left, hold = patience(topology.environment.certificate_lifetime or 0.0)
        yield Firing(
            holder.service,
            f"min({ends}) - time() < {left:g}",
            promql.seconds(hold),
            f"The certificate of {holder.service} is not renewed",
            f"When it ends, {holder.service} can call nobody and be called by nobody. See what renews it: "
            f"kubectl -n {topology.environment.namespace} logs deployment/{names.CERTIFICATES}. If the Secret {holder.secret} is newer than what the pod has, "
            "the kubelet of its node does not follow: delete the pod.",
        )


def patience(lifetime: float) -> tuple[float, float]:
    """Seconds that may be left of a certificate before it is too late, and seconds until somebody is told.

    Of a short one less than a quarter is left in the best of cases, until its renewal has reached every pod; and who is told is told while it is good.
    """
    left = min(lifetime * LEFT, lifetime - mtls.renewed_after(lifetime) - mtls.SPREAD)
    return left, min(HOLD, left / 2)


@alert(
    "CallerRefused",
    Urgency.TICKET,
    rule="SEC002",
    when="a service was called within 15 minutes by one that the topology does not have call it",
)
def caller_refused(topology: Topology) -> Iterator[Firing]:
    """A mistake in the topology or the code, or somebody who is where he should not be."""
    for holder in mtls.holders(topology):
        if topology.services[holder.service].ports.grpc is None:
            continue
        refused = scope(topology, holder.service).of(PEERS_REFUSED, "15m")
        yield Firing(
            holder.service,
            f"{promql.total(promql.grown(refused), 'peer')} > 0",
            "0s",
            f"{holder.service} was called by a service that may not",
            f"The label peer says by whose certificate, the log of {holder.service} by what method. Either the call belongs into the topology "
            "(services.PEER.calls), or a pod does what its code does not.",
        )
