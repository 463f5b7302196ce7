"""A second delivery that has a second effect.

What: a group of a service with a database has inbox: false; or inbox: true where the service has no database to keep it in.
Why: delivery is at least once: a record whose offset was not yet committed comes again after every crash, rebalance and replay. Only a note of its id in the transaction of its effect
tells the second time from the first; in another store it may be there without the effect, or the effect without it.
Fix: leave inbox out: it is on where there is a database. A handler whose effect is the same twice (a row set by its key) may have a waiver that says so.
Source: the idempotent consumer pattern (microservices.io); KIP-848 (a member without its coordinator goes on reading and cannot commit); spec row F2.3. Corrected here: before-effect delivers
at most once and needs no inbox; what it loses is KAF006's.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Consumption, DatabaseUse, Topology

AFTER = "after-effect"


@rule("MSG003", Severity.ERROR)
def effects_without_inbox(topology: Topology) -> Iterator[Fault]:
    """At-least-once groups and where they remember."""
    for service in topology.services.values():
        for consumption in service.consumes.values():
            if consumption.commit != AFTER:
                continue
            if service.database is not None and not consumption.inbox:
                yield twice(consumption, service.database)
            elif service.database is None and consumption.inbox:
                yield nowhere(consumption)


def twice(consumption: Consumption, database: DatabaseUse) -> Fault:
    """The shortest schedule that doubles an effect."""
    service = consumption.service
    return Fault(
        path=("services", service, "consumes", consumption.topic, "inbox"),
        what=f'a record of "{consumption.topic}" that comes twice has two effects in database "{database.name}"',
        why=f'1. A pod of "{service}" reads record 7 and commits its effect in "{database.name}". 2. It is killed before the offset is stored. 3. The next pod of group "{consumption.group}" reads '
        "record 7 again, and nothing tells it that the effect is there.",
        fix="inbox: true",
        related=((("services", service, "database"), "the effects"),),
        becomes="true",
    )


def nowhere(consumption: Consumption) -> Fault:
    """An inbox is a table."""
    service = consumption.service
    return Fault(
        path=("services", service, "consumes", consumption.topic, "inbox"),
        what=f'"{service}" is to remember what it handled, and has no database',
        why=f'An inbox is a table beside the effects, written in their transaction. "{service}" has none, so a record of "{consumption.topic}" that comes twice is handled twice, '
        "whatever the file says.",
        fix=f"services.{service}.database, or remove inbox: true",
    )
