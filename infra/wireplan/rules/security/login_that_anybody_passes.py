"""A login that everybody who has read the manual can pass.

What: an external system of kind oidc has provider builtin where the profile is prod.
Why: the one that Wireplan brings stands in for a real one on a developer's machine: its people and their passwords are written in the manual, and it forgets its keys when it is restarted.
Fix: provider: external, with the URL of the real one; builtin belongs in the overlay of a development environment.
Source: spec row A9; docs/identity.md.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Topology


@rule("SEC008", Severity.ERROR)
def login_that_anybody_passes(topology: Topology) -> Iterator[Fault]:
    """Providers that are brought."""
    if topology.environment.profile == "dev":
        return
    for external in topology.externals.values():
        if external.provider == "builtin" and external.kind == "oidc":
            yield Fault(
                path=("externals", external.name, "provider"),
                what=f'anybody can log in as somebody by "{external.name}"',
                why="1. It is the provider that Wireplan brings, whose people and passwords stand in its manual. 2. Somebody reads them there, and is logged in.",
                fix="provider: external, and builtin in the overlay of a development environment",
                becomes="external",
            )
