"""A member that is put out of its group, or never let in, while it works as it should.

What: max_poll_interval of a classic group is below its session_timeout; or a share group's handler may take longer than a record stays locked (30s); or the records of
one poll, one after another, may take longer than max_poll_interval (a warning).
Why: librdkafka refuses to make a consumer whose interval is below its session, so that no pod starts. A share group gives a record to another pod when its lock ends, whether the first is at
work or not, and drops it after five deliveries. A client that handles what one poll gave before it polls again is put out, and its records are handled again elsewhere,
where the same happens.
Fix: leave max_poll_interval and max_poll_records out: Wireplan derives both from the handler; in a share group, a handler of 30s at most.
Source: confluentinc/librdkafka CONFIGURATION.md (max.poll.interval.ms, session.timeout.ms); KIP-932 (group.share.record.lock.duration.ms, group.share.delivery.count.limit). Corrected here: the
consumers that Wireplan renders poll while their handlers run, so that a poll's records cannot put them out. Any other client of the group reads the same numbers: hence a warning.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology.types import Consumption, GroupProtocol, Path, Topology

LOCK = 30.0  # group.share.record.lock.duration.ms
DELIVERIES = 5  # group.share.delivery.count.limit


@rule("KAF011", Severity.ERROR)
def work_longer_than_the_group_waits(topology: Topology) -> Iterator[Fault]:
    """Each group's times against each other; one finding a group."""
    for service in topology.services.values():
        for group in service.consumes.values():
            place = ("services", service.name, "consumes", group.topic)
            if group.protocol is GroupProtocol.SHARE:
                if group.handler_timeout > LOCK:
                    yield unlocked(topology, group, place)
            elif group.protocol is GroupProtocol.CLASSIC and group.max_poll_interval < group.session_timeout:
                yield refused(topology, group, place)
            elif group.max_poll_records * group.handler_timeout > group.max_poll_interval:
                yield put_out(topology, group, place)


def unlocked(topology: Topology, group: Consumption, place: Path) -> Fault:
    """A record is given to the next pod while the first is at work."""
    handler = term(topology, f"handler {duration(group.handler_timeout)}", (*place, "handler_timeout"))
    return Fault(
        path=(*place, "handler_timeout"),
        what=f'share group "{group.group}" gives a record to another pod while its handler is at work',
        why=f"{handler} - lock {duration(LOCK)} = {duration(group.handler_timeout - LOCK)} in which two pods work on one record. 1. A pod takes it. 2. After {duration(LOCK)} its lock ends, and "
        f"another pod takes it, and so on. 3. After {DELIVERIES} deliveries it is dropped: what the handlers say then is too late.",
        fix=f"handler: {duration(LOCK)}",
        becomes=duration(LOCK),
    )


def refused(topology: Topology, group: Consumption, place: Path) -> Fault:
    """The client does not accept its settings."""
    interval = term(
        topology, f"max_poll_interval {duration(group.max_poll_interval)}", (*place, "max_poll_interval")
    )
    session = term(
        topology, f"session_timeout {duration(group.session_timeout)}", (*place, "session_timeout")
    )
    return Fault(
        path=(*place, "max_poll_interval"),
        what=f'no consumer of group "{group.group}" starts',
        why=f"{interval} is below {session}. librdkafka refuses that when the consumer is made (`max.poll.interval.ms` must be >= `session.timeout.ms`): every pod ends as it starts.",
        fix=f"max_poll_interval: {duration(group.session_timeout)}, or leave it out",
        related=(((*place, "session_timeout"), "the session"),),
    )


def put_out(topology: Topology, group: Consumption, place: Path) -> Fault:
    """The sum of one poll."""
    records = term(topology, f"max_poll_records {group.max_poll_records}", (*place, "max_poll_records"))
    handler = term(topology, f"handler {duration(group.handler_timeout)}", (*place, "handler_timeout"))
    interval = term(
        topology, f"max_poll_interval {duration(group.max_poll_interval)}", (*place, "max_poll_interval")
    )
    needed = group.max_poll_records * group.handler_timeout
    return Fault(
        path=(*place, "max_poll_interval"),
        what=f'what group "{group.group}" takes by one poll may take longer than the group waits for the next',
        why=f"{records} x {handler} = {duration(needed)}, {interval}. A client that handles one poll's records before it polls again is put out, its records go to another pod, and the same "
        "happens there. The consumers that Wireplan renders poll meanwhile; another client of this group would not.",
        fix=f"max_poll_interval: {duration(needed)}, or fewer max_poll_records",
        related=(((*place, "max_poll_records"), "the records of a poll"),),
        severity=Severity.WARNING,
    )
