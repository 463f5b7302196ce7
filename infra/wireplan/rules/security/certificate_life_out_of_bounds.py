"""Certificates of services that end under connections, or are good long after they were stolen.

What: half of certificate_lifetime is shorter than it takes until every pod uses the next one and the last connection of before has ended; or certificate_lifetime is over 3 days.
Why: a certificate is renewed at half its life. In the other half the Secret has to reach every pod (up to 3 minutes) and connections that were opened with the old one
have to end (max_connection_age and its grace): nobody looks at the certificate of a connection that stands. And nobody can take a certificate back: a stolen key is
good until its certificate ends.
Fix: leave certificate_lifetime out: Wireplan writes 12 hours.
Source: reliability research, section 6 (certificates of an hour to a day, renewed before their end); RFC 8739 (short-term certificates instead of revocation); the kubelet's sync of mounted Secrets.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import DAY, duration, term
from wireplan.topology import defaults, mtls
from wireplan.topology.types import Topology

PATH = ("environment", "certificate_lifetime")
LONGEST = 3 * DAY
ROUND = 600  # seconds: what a fix is rounded up to


@rule("SEC010", Severity.ERROR)
def certificate_life_out_of_bounds(topology: Topology) -> Iterator[Fault]:
    """The one lifetime of all."""
    lifetime = topology.environment.certificate_lifetime
    if lifetime is None:
        return
    if lifetime > LONGEST:
        yield stolen(topology, lifetime)
    service, longest = max(mtls.connections(topology).items(), key=lambda each: each[1], default=("", 0.0))
    if lifetime - mtls.renewed_after(lifetime) < mtls.SPREAD + longest:
        yield outlived(topology, lifetime, service, longest)


def stolen(topology: Topology, lifetime: float) -> Fault:
    """Good for too long."""
    return Fault(
        path=PATH,
        what=f"whoever copies a key of a service is that service for up to {duration(lifetime)}",
        why=f"{term(topology, f'certificate_lifetime {duration(lifetime)}', PATH)}, and no list says which certificates are no longer good. "
        "1. A key leaves a pod. 2. Its thief calls what that service may call. 3. Only the end of the certificate stops him.",
        fix=f"certificate_lifetime: {duration(defaults.CERTIFICATE_LIFETIME.value)}, at most {duration(LONGEST)}",
    )


def outlived(topology: Topology, lifetime: float, service: str, longest: float) -> Fault:
    """Over while something is done with it."""
    left = lifetime - mtls.renewed_after(lifetime)
    needed = 2 * (mtls.SPREAD + longest)
    wanted = -(-needed // ROUND) * ROUND
    age = ("services", service, "grpc", "max_connection_age") if service else PATH
    connection = (
        f' and a connection to "{service}" may live {term(topology, duration(longest), age)}'
        if service
        else ""
    )
    return Fault(
        path=PATH,
        what=f"certificates end {duration(left)} after they were to be renewed, and that is too soon",
        why=f"{term(topology, f'certificate_lifetime {duration(lifetime)}', PATH)}, renewed at half of it. A renewed one is used by every pod after up to "
        f"{duration(mtls.SPREAD)}{connection}: {duration(mtls.SPREAD + longest)} in all. Before that, pods show a certificate that is over, and are refused.",
        fix=f"certificate_lifetime: {duration(wanted)} or more; {duration(defaults.CERTIFICATE_LIFETIME.value)} is usual",
        related=((age, "how long a connection may live"),) if service else (),
        becomes=duration(max(wanted, defaults.CERTIFICATE_LIFETIME.value)),
    )
