"""A login by another provider whose code works for whoever catches it.

What: pkce of an oauth login is none, or plain.
Why: the code comes back through the browser, where it can be read on the way: in a history, a log, another app with the same address. With S256 it is worth nothing without the secret
that its hash was made of; with plain that secret itself stands in the address of the first request.
Fix: leave pkce out: S256.
Source: RFC 7636, section 4.2; RFC 9700, section 2.1.1; spec row A9. Split off SEC004 of the list.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Topology

SECRET = "3. It has the secret too: with plain that stood in the request for the code."  # noqa: S105 - words
NOTHING = "3. Nothing else is asked for."


@rule("SEC006", Severity.ERROR)
def login_code_without_proof(topology: Topology) -> Iterator[Fault]:
    """Logins by external providers."""
    for service in topology.services.values():
        for index, own in enumerate(service.oauth):
            if own.pkce != "S256":
                yield Fault(
                    path=("services", service.name, "oauth", index, "pkce"),
                    what=f'a login by "{own.provider}" can be finished by whoever reads its code',
                    why=f'1. A person logs in at "{own.provider}", and the code comes back through the browser. 2. Something there reads it, and sends it first. '
                    f"{SECRET if own.pkce == 'plain' else NOTHING} It is logged in as that person.",
                    fix="leave pkce out: S256",
                    becomes="S256",
                )
