"""How safe an acknowledged item is where it is kept: its copies, the failures it survives, and the shortest schedule of steps that loses it.

A failure takes one broker, one member of a database or one node with its disk for good; several at once means before the first is healed. One restart may
come on top: nodes are restarted all the time, and that is no failure. Counted are the copies that are surely there when the writer hears that its item is kept:
what is copied later may be later than the failure. A broker and a member of a database stand on nodes of their own (the manifests demand it), so that a node
takes at most one copy. Backups bring a database back to the last log that was archived, and are no copy of what was acknowledged after it.
"""

from wireplan.records import dataclass
from wireplan.topology.types import Bucket, DatabaseCluster, Kafka, Path, Publication, Topic, Topology

Steps = tuple[tuple[Path, str], ...]
"""What happens, in order, each with the path of the value by which it can."""
OFF = frozenset({"off", "false", "no", "0"})  # how Postgres spells it
POSTGRES, STORE = "cloudnative-pg", "builtin"  # providers whose members are known here
ALL, LEADER = "all", "leader"
ONE_MACHINE = frozenset({"embedded", "kind", "k3d"})
"""Clusters whose nodes are all on one machine: the disk of that one holds all copies."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A place that surely holds an item when it is acknowledged."""

    where: str
    path: Path


@dataclass(frozen=True, slots=True)
class Safety:
    """The copies of an item, how many failures at once it survives (None: others run it, and promise it), and the shortest way to lose it."""

    copies: tuple[Copy, ...]
    survives: int | None
    schedule: Steps = ()

    def left(self, failures: int) -> int:
        """Copies that are surely left, and by which it is found again, after so many failures at once."""
        return len(self.copies) - failures if failures <= (self.survives or 0) else 0


def of_publication(own: Publication, brokers: Safety) -> Safety:
    """Records of one publication, by who acknowledges them (`acks`); `brokers` is the safety where all in sync do."""
    if own.acks == ALL:
        return brokers
    path: Path = ("services", own.service, "publishes", own.topic, "acks")
    if own.acks == LEADER:
        steps: Steps = (
            (path, "A record is acknowledged by the leader, before another broker has it."),
            (path, "The leader's disk fails, and another broker leads without the record."),
        )
        return Safety((Copy("the leader", path),), 0, steps)
    sent: Steps = (
        (path, "A record counts as kept when it is sent; no broker is asked."),
        (path, "The connection breaks, or the broker refuses it: no broker ever had it."),
    )
    return Safety((), 0, sent)


def of_topic(topic: Topic, kafka: Kafka | None) -> Safety:
    """Records acknowledged by all brokers in sync (acks: all, unless written): surely by as many as the minimum says."""
    base: Path = ("topics", topic.name)
    least: Path = (*base, "min_insync_replicas")
    held, every = sure(topic, kafka), placed(topic, kafka)
    spare = every > held
    holders = some("broker", 0, held)
    copies = (
        Copy("broker 0, the leader", base),
        *(Copy(f"broker {n}, in sync", least) for n in range(1, held)),
    )
    behind = f"{capital(some('broker', held, every))} cannot follow"
    shrunk = ((least, f'{behind}: the in-sync set of "{topic.name}" shrinks to {held}.'),) if spare else ()
    acknowledged = (base, f"A record is acknowledged: of all brokers only {holders} must have it.")
    if kafka and kafka.unclean_leader_election and spare:
        return Safety(copies, max(0, held - 2), (*shrunk, acknowledged, unclean(held)))
    last = f"{disks(holders, held)}, before another broker has copied it: the record is nowhere."
    return Safety(copies, held - 1, (*shrunk, acknowledged, (least, last)))


def unclean(held: int) -> tuple[Path, str]:
    """How a record ends whose holders are away for a moment: one restarts, the others fail."""
    others = f"{disks(some('broker', 1, held), held - 1)}, and broker" if held > 1 else "Broker"
    words = f"{others} 0 restarts: broker {held} leads, and its log, without the record, is what counts."
    return ("kafka", "unclean_leader_election"), words


def placed(topic: Topic, kafka: Kafka | None) -> int:
    """How many brokers have the topic at all."""
    return min(topic.replication_factor, kafka.brokers) if kafka else topic.replication_factor


def sure(topic: Topic, kafka: Kafka | None) -> int:
    """How many brokers surely have a record that was acknowledged."""
    return max(1, min(topic.min_insync_replicas, placed(topic, kafka)))


def of_database(cluster: DatabaseCluster) -> Safety:
    """Commits, by what must have them before they are acknowledged: first what the settings say, then what replication does."""
    base: Path = ("databases", cluster.name)
    setting: Path = (*base, "parameters", "synchronous_commit")
    commit = cluster.parameters.get("synchronous_commit", "on").lower()
    if cluster.provider != POSTGRES:
        return Safety((Copy(f"{cluster.name}, run by others", base),), None)
    if not flushed(cluster):
        return unflushed((*base, "parameters", "fsync"))
    if commit in OFF:
        return unflushed(setting)
    if commit == "local":
        return alone(cluster, setting, "without asking any replica")
    return replicated(cluster)


def replicated(cluster: DatabaseCluster) -> Safety:
    """Commits that are on the primary's disk, by who else must have them."""
    base: Path = ("databases", cluster.name)
    own, others = cluster.synchronous, cluster.instances - 1
    if own is None or others == 0:
        said = "instances" if cluster.rpo is None else "rpo"
        return alone(cluster, (*base, said), "without asking any replica")
    if own.durability != "required":
        return alone(cluster, (*base, "synchronous", "durability"), "alone, while its replicas are away")
    held = min(own.number, others)
    return confirmed(cluster, held) if own.failover_quorum or held == others else raced(cluster, held)


def flushed(cluster: DatabaseCluster) -> bool:
    """Whether its disks are waited for at all (else PG010 says so)."""
    return cluster.parameters.get("fsync", "on").lower() not in OFF


def unflushed(path: Path) -> Safety:
    """Commits that are in memory when they are acknowledged."""
    steps: Steps = (
        (path, "A commit is acknowledged while it is in the memory of the primary."),
        (path, "The primary's node stops before its disk has it."),
    )
    return Safety((), 0, steps)


def alone(cluster: DatabaseCluster, path: Path, how: str) -> Safety:
    """Commits that only the primary surely has."""
    base: Path = ("databases", cluster.name)
    after = "a replica is promoted that never got it" if cluster.instances > 1 else "there is no other member"
    steps: Steps = (
        (path, f"The primary acknowledges a commit {how}."),
        ((*base, "instances"), f"The primary's disk fails: {after}."),
    )
    return Safety((Copy(f"the primary of {cluster.name}", base),), 0, steps)


def raced(cluster: DatabaseCluster, held: int) -> Safety:
    """Commits that replicas confirmed, and a failover that does not ask whether one of them is there."""
    path: Path = ("databases", cluster.name, "synchronous")
    holders, late = f"the primary and {some('replica', 1, held + 1)}", f"replica {held + 1}"
    fallen = "the primary" if held == 1 else f"the primary and {some('replica', 1, held)}"
    lost = f"{disks(fallen, held)} while replica {held} restarts, and {late} is promoted: no quorum is asked."
    steps: Steps = (
        ((*path, "number"), f"A commit is acknowledged: {holders} have it, {late} has not."),
        ((*path, "failover_quorum"), lost),
    )
    return Safety(members(cluster, held), held - 1, steps)


def confirmed(cluster: DatabaseCluster, held: int) -> Safety:
    """Commits that replicas confirmed, and a failover that promotes none without them."""
    base: Path = ("databases", cluster.name)
    others = cluster.instances - 1 - held
    late = (
        f", {some('replica', held + 1, cluster.instances)} {'has' if others == 1 else 'have'} not"
        if others
        else ""
    )
    holders = f"the primary and {some('replica', 1, held + 1)}"
    after = "no other member has it" if others else "no member is left"
    steps: Steps = (
        ((*base, "synchronous", "number"), f"A commit is acknowledged: {holders} have it{late}."),
        ((*base, "instances"), f"The disks of {holders} fail at once: {after}."),
    )
    return Safety(members(cluster, held), held, steps)


def members(cluster: DatabaseCluster, held: int) -> tuple[Copy, ...]:
    """The primary and those that confirmed."""
    base: Path = ("databases", cluster.name)
    replicas = (
        Copy(f"replica {n}, which confirmed", (*base, "synchronous", "number")) for n in range(1, held + 1)
    )
    return (Copy(f"the primary of {cluster.name}", base), *replicas)


def of_bucket(topology: Topology, bucket: Bucket) -> Safety:
    """Objects: the built-in store is one program over one volume, and answers before a disk has what it was given."""
    store = topology.object_store
    path: Path = ("object_store",) if topology.origins.get(("object_store",)) else ("buckets", bucket.name)
    if store is None or store.provider != STORE:
        return Safety((Copy("the object store, run by others", path),), None)
    steps: Steps = (
        (
            ("buckets", bucket.name),
            "An upload is acknowledged while it is in the memory of the one node that the store runs on.",
        ),
        (
            path,
            "The node stops in the seconds until its kernel has written it; or, at any time later, its one volume fails.",
        ),
    )
    return Safety((Copy("one node's memory, and its volume some seconds later", path),), 0, steps)


def in_cache(path: Path, cache: str, method: str) -> Safety:
    """What a service can keep nowhere but in a cache."""
    steps: Steps = (
        (path, f'{method} is answered; what it changed is in the memory of cache "{cache}".'),
        (("caches", cache), "The cache restarts, or needs the room: it is gone, and no disk ever had it."),
    )
    return Safety((), 0, steps)


def before_effect(path: Path, service: str) -> Safety:
    """A record whose offset is committed before anything is done."""
    steps: Steps = (
        ((*path, "commit"), f'The offset of a record is committed before "{service}" has done anything.'),
        (path, "Its pod dies: the group goes on behind the record, and nobody handles it."),
    )
    return Safety((), 0, steps)


def some(noun: str, first: int, end: int) -> str:
    """`broker 0`, `brokers 0, 1 and 2`: from the first to before the end."""
    numbers = [str(n) for n in range(first, end)]
    if len(numbers) < 2:
        return f"{noun} {''.join(numbers)}"
    return f"{noun}s {', '.join(numbers[:-1])} and {numbers[-1]}"


def disks(holders: str, number: int) -> str:
    """Whose disks fail."""
    return f"The disk of {holders} fails" if number == 1 else f"The disks of {holders} fail at once"


def capital(words: str) -> str:
    """The beginning of a sentence."""
    return words[:1].upper() + words[1:]
