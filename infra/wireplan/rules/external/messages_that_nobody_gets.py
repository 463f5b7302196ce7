"""Messages to people that end in what only shows them.

What: provider of a relay or gateway (kind smtp, push or sms) is builtin outside a development profile.
Why: what is brought takes every message and keeps it in the memory of its pod. To the service each was sent; nobody got one, and no alert, retry or dead letter ever says so.
Fix: provider: external, with the URL of a real one; builtin belongs into the overlay of a machine that reaches none.
Source: docs/notifications.md; spec rows M3, P10.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Topology

KINDS = {"smtp": "mail", "push": "push message", "sms": "SMS"}


@rule("EXT003", Severity.ERROR)
def messages_that_nobody_gets(topology: Topology) -> Iterator[Fault]:
    """Relays and gateways that are brought."""
    if topology.environment.profile == "dev":
        return
    for external in topology.externals.values():
        if external.provider == "builtin" and external.kind in KINDS:
            yield Fault(
                path=("externals", external.name, "provider"),
                what=f'no {KINDS[external.kind]} through "{external.name}" reaches anybody',
                why=f'1. A service hands a {KINDS[external.kind]} to "{external.name}", which is brought: it says that it was taken. 2. It is kept in memory, for who '
                "develops the system to look at. 3. The record counts as handled, and no one is told.",
                fix="provider: external, with the URL of a real one",
                becomes="external",
            )
