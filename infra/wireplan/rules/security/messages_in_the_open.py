"""Messages to people that go over the network in the open.

What: an external system of protocol smtp with tls: none, or one of kind push or sms, or that a channel goes through, whose url is of http.
Why: each message carries somebody's address and what they are told, and beside it goes the password or token by which the other side knows us. Whoever is on the way reads them, and sends in our name.
Fix: leave tls out (starttls, and nothing is sent where that is not offered), or smtps://; https.
Source: RFC 8314, section 3 (clear text considered obsolete for mail submission); RFC 6750, section 5.3 (a bearer token goes over TLS); spec rows M3, P10.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import External, Path, Topology

OPEN = "http://"
GATEWAYS = ("push", "sms")


@rule("SEC009", Severity.ERROR)
def messages_in_the_open(topology: Topology) -> Iterator[Fault]:
    """Relays and gateways."""
    through = {each.through for service in topology.services.values() for each in service.channels.values()}
    for external in topology.externals.values():
        if external.tls == "none":
            yield fault(external, ("externals", external.name, "tls"), "tls: starttls", "starttls")
        elif (external.kind in GATEWAYS or external.name in through) and external.url.startswith(OPEN):
            secure = f"https://{external.url.removeprefix(OPEN)}"
            yield fault(external, ("externals", external.name, "url"), secure, secure)


def fault(external: External, path: Path, fix: str, becomes: str) -> Fault:
    """One of them."""
    shown = f", and the {external.auth} that it knows us by" if external.auth else ""
    return Fault(
        path=path,
        what=f'messages to "{external.name}" can be read on the way',
        why=f"1. A service sends somebody's address and what they are told{shown}. 2. Whoever is on the way reads it"
        f"{', and sends in our name from then on' if external.auth else ''}.",
        fix=fix,
        becomes=becomes,
    )
