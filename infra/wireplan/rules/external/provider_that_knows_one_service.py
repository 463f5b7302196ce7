"""A provider that is brought for one service, and that a second one logs in by.

What: two services have a login by the same external system, and its provider is builtin.
Why: each service has a secret of its own, and what is brought knows one client with one secret. It is told of each in turn: the last one can log in, and of the other every code is refused.
Fix: an external system for each, or one service that logs in and gives out tokens that the other accepts.
Source: RFC 6749, section 2.3 (a client and its credentials); docs/identity.md; spec row A9.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Path, Topology


@rule("EXT006", Severity.ERROR)
def provider_that_knows_one_service(topology: Topology) -> Iterator[Fault]:
    """Providers that are brought, each with the first service that logs in by it."""
    first: dict[str, tuple[str, Path]] = {}
    for service in topology.services.values():
        for index, own in enumerate(service.oauth):
            if topology.externals[own.provider].provider != "builtin":
                continue
            here: Path = ("services", service.name, "oauth", index, "provider")
            known, there = first.setdefault(own.provider, (service.name, here))
            if known != service.name:
                yield Fault(
                    path=here,
                    what=f'"{own.provider}" is brought for one service, and both "{known}" and "{service.name}" log in by it',
                    why=f'1. "{own.provider}" is told the secret of "{known}", then that of "{service.name}" in its place. 2. It refuses every code that "{known}" brings.',
                    fix=f'one more external system for "{service.name}", or tokens of "{known}" that it accepts',
                    related=((there, "the first"),),
                )
