"""Tokens signed with a key that everybody who checks them has.

What: tokens.algorithm is HS256, a signature with one shared key.
Why: whoever can check such a token can make one, for any account. Here services fetch the keys of the issuer by a call, so that the key itself would be given to each of them,
and the weakest of them decides who may be the administrator.
Fix: leave algorithm out: Ed25519; or ES256, RS256.
Source: RFC 8725 (JSON Web Token Best Current Practices), sections 2.1 and 3.5; RFC 8037. Split off SEC004 of the list.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Topology


@rule("SEC005", Severity.ERROR)
def tokens_that_verifiers_can_forge(topology: Topology) -> Iterator[Fault]:
    """How tokens are signed."""
    for service in topology.services.values():
        if service.tokens is not None and service.tokens.algorithm.startswith("HS"):
            algorithm = service.tokens.algorithm
            yield Fault(
                path=("services", service.name, "tokens", "algorithm"),
                what=f'who can check a token of "{service.name}" can make one',
                why=f'{algorithm} has one key for both. 1. A service that accepts tokens of "{service.name}" is taken over, and with it the key. '
                "2. Its thief signs a token of any account. 3. Every service takes it for a real one.",
                fix="leave algorithm out: Ed25519",
                becomes="Ed25519",
            )
