"""A login whose secrets go over the network in the open.

What: a provider of logins, the address that it sends browsers back to, or an app's own address is of http.
Why: the code, and to the provider the client's secret, go to these addresses. Whoever is on the way reads them, or answers in the provider's place, with keys of its own: then anybody is anybody.
Fix: https. An app on somebody's own machine may listen on loopback, which is allowed without being named.
Source: RFC 9700, section 2.6 (TLS for redirects; loopback is the exception of RFC 8252, section 7.3); OpenID Connect Discovery 1.0, section 2 (an issuer is an https URL); spec rows A9, P10.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology.types import OAuth, Path, Topology

OPEN = "http://"


@rule("SEC007", Severity.ERROR)
def login_in_the_open(topology: Topology) -> Iterator[Fault]:
    """Addresses of every login."""
    for external in topology.externals.values():
        if external.kind == "oidc" and external.url.startswith(OPEN):
            yield Fault(
                path=("externals", external.name, "url"),
                what=f'what "{external.name}" says of who somebody is comes over http',
                why="1. A service asks it for its keys, and sends it the client's secret. 2. Somebody on the way reads the secret, and answers with keys of "
                "their own. 3. Whoever they say is logged in.",
                fix=f"https://{external.url.removeprefix(OPEN)}",
                becomes=f"https://{external.url.removeprefix(OPEN)}",
            )
    for service in topology.services.values():
        for index, own in enumerate(service.oauth):
            yield from of_login(topology, ("services", service.name, "oauth", index), own)


def of_login(topology: Topology, here: Path, own: OAuth) -> Iterator[Fault]:
    """Where its browsers are sent."""
    found = [((*here, "redirect"), own.redirect_uri)]
    found += [((*here, "apps", index), address) for index, address in enumerate(own.apps)]
    for path, address in found:
        if address.lower().startswith(OPEN):  # a scheme is the same in any letters (RFC 3986, 3.1)
            yield Fault(
                path=path,
                what=f'codes of logins by "{own.provider}" go to {address} in the open',
                why=f'1. Somebody logs in at "{own.provider}", and their browser is sent on with a code: {term(topology, address, path)}. '
                "2. Whoever is on the way reads it, or takes the browser elsewhere.",
                fix="https, or nothing: loopback is allowed without being named",
            )
