"""Alerts of consumer groups: behind, without owner, dead letters, rebalances."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.alert import Firing, Urgency, alert, scope
from wireplan.monitoring.metrics import PARTITIONS, REBALANCES, RECORDS_HANDLED, RECORDS_LAG
from wireplan.topology.drain import Drain, drains
from wireplan.topology.types import Consumption, Membership, Topology

PACE = 900.0
"""Seconds over which a group's pace is taken: a rebalance or a restart does not show in it."""

STORM = 10
"""Assignments that one member gets in half an hour; a rollout of a few pods gives it one or two for each."""


def groups(topology: Topology) -> Iterator[Drain]:
    """Every group with partitions of its own; those of share groups belong to nobody."""
    return (each for each in drains(topology) if each.group.membership is not Membership.SHARE)


def told(group: Consumption) -> dict[str, str]:
    """The labels of its alerts."""
    return {"topic": group.topic, "group": group.group}


@alert(
    "GroupBehind",
    Urgency.TICKET,
    rule="KAF021",
    when="at its present pace a group would need longer than its `catch_up` (else the topic's retention) for what waits; or it handles nothing",
)
def group_behind(topology: Topology) -> Iterator[Firing]:
    """A group that will not have caught up in time. Where nothing is handled, what waits divided by nothing is infinite."""
    for each in groups(topology):
        group = each.group
        series = scope(topology, group.service)
        hold = max(PACE, 2 * group.handler_timeout)  # one long attempt is not yet a group that stands still
        waits = promql.total(series.of(RECORDS_LAG, topic=group.topic, group=group.group))
        handled = series.of(RECORDS_HANDLED, promql.seconds(hold), topic=group.topic, group=group.group)
        pace = promql.or_zero(promql.total(promql.rate(handled)))
        yield Firing(
            group.service,
            f"{waits} / {pace} > {each.limit:g}",
            promql.seconds(hold),
            f"Group {group.group} will not have caught up with {group.topic} in time",
            "See on its dashboard whether records fail, wait for a dependency, or are only many. More pods help up to "
            f"{topology.topics[group.topic].partitions} partitions: services.{group.service}.replicas; wireplan prove has the arithmetic.",
            told(group),
        )


@alert(
    "PartitionsWithoutOwner",
    Urgency.TICKET,
    rule="KAF009",
    when="the members of a group have fewer partitions between them than the topic and its retry topics, for 15 minutes",
)
def partitions_without_owner(topology: Topology) -> Iterator[Firing]:
    """Records that nobody reads."""
    for each in groups(topology):
        group = each.group
        parts = all_partitions(topology, group)
        owned = promql.total(
            scope(topology, group.service).of(PARTITIONS, topic=group.topic, group=group.group)
        )
        yield Firing(
            group.service,
            f"{owned} < {parts}",
            "15m",
            f"Group {group.group} reads fewer than the {parts} partitions of {group.topic}",
            "A static member that went for good keeps its partitions until its session ends; a member that cannot join says why in "
            f"its log: kubectl -n {topology.environment.namespace} logs -l app.kubernetes.io/name={group.service}.",
            told(group),
        )


def topics(group: Consumption) -> tuple[str, ...]:
    """What a group reads: the topic and its retry topics. A group of the same name may read others, by members of its own."""
    return (group.topic, *(step.topic for step in group.retries))


def reads(group: Consumption) -> promql.Like:
    """Those, as values of a label."""
    return promql.Like("|".join(promql.literal(name) for name in topics(group)))


def all_partitions(topology: Topology, group: Consumption) -> int:
    """Partitions that the members of a group share."""
    return sum(topology.topics[name].partitions for name in topics(group))


@alert(
    "DeadLetters",
    Urgency.TICKET,
    rule="KAF012",
    when="a record has become a dead letter within the last hour",
)
def dead_letters(topology: Topology) -> Iterator[Firing]:
    """Work that waits for a person."""
    for each in groups(topology):
        group = each.group
        if group.dead_letter is None:
            continue
        own = scope(topology, group.service)
        dead = own.gained(RECORDS_HANDLED, "1h", topic=reads(group), group=group.group, outcome="dead")
        yield Firing(
            group.service,
            f"{promql.total(dead)} > 0",
            "0s",
            f"Group {group.group} has put records of {group.topic} aside",
            "They are kept, and nobody works on them. wireplan dead-letters lists them with their reasons; when the cause is "
            "mended, wireplan dead-letters replay has them handled again.",
            told(group),
        )


@alert(
    "RebalancesTooOften",
    Urgency.TICKET,
    rule="KAF011",
    when=f"a member of a group was given partitions more than {STORM} times in half an hour",
)
def rebalances_too_often(topology: Topology) -> Iterator[Firing]:
    """A group that shares out work instead of doing it."""
    for each in groups(topology):
        group = each.group
        series = scope(topology, group.service).of(REBALANCES, "30m", topic=group.topic, group=group.group)
        yield Firing(
            group.service,
            f"{promql.largest(promql.grown(series))} > {STORM}",
            "0s",
            f"Group {group.group} rebalances all the time",
            "Look for pods that restart, an autoscaler that goes up and down, or handlers that outlast max_poll_interval "
            f"(wireplan show services.{group.service}.consumes.{group.topic}).",
            told(group),
        )
