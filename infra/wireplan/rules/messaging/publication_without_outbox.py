"""A service that writes its database and a topic as two acts.

What: a service with a database publishes with outbox: false; or one without a database with outbox: true.
Why: a crash between the commit and the send leaves a row whose event never goes out; a crash between the send and the commit leaves an event about a row
that does not exist. No order of the two acts helps, and Kafka's transactions do not span a database.
An outbox is a table of the service's database: where there is none, no record is kept anywhere until the brokers have it.
Fix: leave outbox out: with a database the event is then written to it in the same transaction and a relay sends it.
Source: the transactional outbox pattern (microservices.io); jepsen.io/analyses/bufstream-0.1.0 on Kafka's transactions; spec row F2.4.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, leave_out, rule
from wireplan.topology.types import DatabaseUse, Publication, Topology


@rule("MSG001", Severity.ERROR)
def publication_without_outbox(topology: Topology) -> Iterator[Fault]:
    """Publications beside a database that do not go through it, and those that would go through none."""
    for service in topology.services.values():
        for publication in service.publishes.values():
            if service.database is not None and not publication.outbox:
                yield dual_write(publication, service.database)
            elif service.database is None and publication.outbox:
                yield nowhere(publication)


def dual_write(publication: Publication, database: DatabaseUse) -> Fault:
    """The shortest schedule that loses the event."""
    service, topic = publication.service, publication.topic
    return Fault(
        path=("services", service, "publishes", topic, "outbox"),
        what=f'service "{service}" writes database "{database.name}" and topic "{topic}" as two acts',
        why=f'1. "{service}" commits its row in "{database.name}" and answers the caller. 2. The pod is killed. 3. The record for "{topic}" '
        "was never sent, and nothing knows that it is owed.",
        fix="outbox: true",
        related=((("services", service, "database"), "the database"),),
        becomes="true",
    )


def nowhere(publication: Publication) -> Fault:
    """An outbox that lies in no database."""
    service, topic = publication.service, publication.topic
    path = ("services", service, "publishes", topic, "outbox")
    return Fault(
        path=path,
        what=f'service "{service}" has no database for the outbox of "{topic}"',
        why="An outbox is a table of the service's database, written in the transaction of the change that the record tells of. Without one nothing keeps the record until the brokers have it.",
        fix="leave outbox out; or a database for the service",
        mend=leave_out(*path),
    )
