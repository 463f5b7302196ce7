"""An access token that stays good long after it should not be.

What: tokens.access is longer than 15 minutes.
Why: an access token is checked by its signature alone; nobody asks its issuer. One that was stolen, and one of somebody who has been shut out, is good until it ends.
Fix: 5 to 15 minutes; the refresh token renews it, and that is where somebody can be shut out.
Source: RFC 9700 (OAuth 2.0 Security Best Current Practice), section 4.10; spec row A8. Of the rest of the list issuer, audience, the list of algorithms and the rotation of refresh
tokens cannot be left out in the model; keys are not rotated yet, so that their overlap cannot be written.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import MINUTE, duration, term
from wireplan.topology import index
from wireplan.topology.types import Topology

LONGEST = 15 * MINUTE


@rule("SEC004", Severity.ERROR, dev=Severity.WARNING)
def access_token_good_for_too_long(topology: Topology) -> Iterator[Fault]:
    """Tokens of every issuer."""
    accepting = index.grouped(
        (s.verifies_tokens_of, s.name) for s in topology.services.values() if s.verifies_tokens_of
    )
    for service in topology.services.values():
        own = service.tokens
        if own is None or own.access <= LONGEST:
            continue
        path = ("services", service.name, "tokens", "access")
        access = term(topology, f"access {duration(own.access)}", path)
        who = ", ".join(f'"{name}"' for name in accepting.get(service.name, ())) or "whoever verifies"
        yield Fault(
            path=path,
            what=f'access tokens of "{service.name}" are good for {duration(own.access)}',
            why=f"1. A token is stolen, or its account is shut out, in its first minute. 2. {who} looks at its signature and its end only: {access}. "
            f"3. It is let in for up to {duration(own.access)} more.",
            fix=f"access: {duration(LONGEST)}, or less",
        )
