"""What an edit of a topology file does: findings that are new or gone, parts and objects that differ, an environment each."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from wireplan.changes import nodes, objects
from wireplan.changes.nodes import Kind, NodeChange
from wireplan.changes.objects import Object, ObjectChange
from wireplan.changes.values import hidden
from wireplan.findings import Finding, Severity
from wireplan.topology.types import Topology

DATA = frozenset({"topics", "databases", "buckets"})  # parts whose removal takes data with it


class Verdict(Enum):
    """What a reader has to do."""

    BLOCKED = "blocked"
    DECISION = "needs a decision"
    CHANGES = "changes"
    NOTHING = "no changes"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions: what was read of it, its findings, its objects. `topology` is None where it could not be read."""

    topology: Topology | None
    findings: tuple[Finding, ...] = ()
    objects: tuple[Object, ...] = ()
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """The two versions of one environment, compared. `losses` is what the objects would do to data, as `up` would refuse it."""

    environment: str
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    kept: tuple[Finding, ...]
    nodes: tuple[NodeChange, ...]
    objects: tuple[ObjectChange, ...]
    base_unread: bool = False
    head_unread: bool = False
    losses: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the edit does anything here."""
        return bool(self.new or self.gone or self.nodes or self.objects)

    @property
    def takes_data(self) -> tuple[str, ...]:
        """What is removed or cut short that holds data."""
        parts = [
            each.node
            for each in self.nodes
            if each.kind is Kind.REMOVED and each.node.partition(".")[0] in DATA
        ]
        return (*parts, *self.losses)

    @property
    def allows_loss(self) -> bool:
        """Whether the edit allows data to be destroyed, now or by a later edit."""
        return any(
            each.node == nodes.ALLOWANCE and any(field.after for field in each.fields) for each in self.nodes
        )

    def counts(self) -> Mapping[Kind, int]:
        """Objects by what happens to them."""
        counter = Counter(each.kind for each in self.objects)
        return {kind: counter[kind] for kind in Kind}

    def verdict(self) -> Verdict:
        """The worst that this edit brings here."""
        errors = [each for each in self.new + self.kept if each.severity is Severity.ERROR]
        if self.head_unread or errors:
            return Verdict.BLOCKED
        if self.takes_data or self.allows_loss or self.new:
            return Verdict.DECISION
        return Verdict.CHANGES if self.changed else Verdict.NOTHING


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit of one topology file against a git revision, in each of its environments."""

    file: str
    against: str
    previews: tuple[Preview, ...]

    @property
    def changed(self) -> bool:
        """Whether the edit does anything anywhere."""
        return any(each.changed for each in self.previews)

    def verdict(self) -> Verdict:
        """The worst verdict of its environments."""
        order = list(Verdict)
        return min((each.verdict() for each in self.previews), key=order.index, default=Verdict.NOTHING)


def compare(environment: str, base: Side, head: Side, losses: tuple[str, ...] = ()) -> Preview:
    """One environment before and after; `losses` are those of its objects."""
    before = {known(each) for each in base.findings}
    after = {known(each) for each in head.findings}
    readable = base.topology is not None or not base.exists
    comparable = readable and (head.topology is not None or not head.exists)
    preview = Preview(
        environment=environment,
        new=tuple(each for each in head.findings if known(each) not in before),
        gone=tuple(each for each in base.findings if known(each) not in after),
        kept=tuple(each for each in head.findings if known(each) in before),
        nodes=nodes.compare(base.topology, head.topology) if comparable else (),
        objects=objects.compare(base.objects, head.objects) if comparable else (),
        base_unread=not readable,
        head_unread=head.topology is None and head.exists,
        losses=losses if comparable else (),
    )
    return without_values(preview) if any(each.secret for each in base.findings + head.findings) else preview


def known(finding: Finding) -> tuple[object, ...]:
    """What a finding is known by on both sides: its code and the value it is about, not its line."""
    return (finding.code, finding.path or finding.what)


def without_values(preview: Preview) -> Preview:
    """The preview with the names of fields only: a secret stands in the open in one of its files."""
    return replace(
        preview,
        nodes=tuple(replace(each, fields=tuple(map(hidden, each.fields))) for each in preview.nodes),
        objects=tuple(replace(each, fields=tuple(map(hidden, each.fields))) for each in preview.objects),
    )
