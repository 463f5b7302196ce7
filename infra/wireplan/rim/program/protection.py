"""What a change would do to data: pure, over the steps of a plan. Used before `up`, and by hooks under a bare `pulumi up`.

Deletion and replacement of what holds data are stopped by Pulumi's own `protect` already; here is what it lets pass: an
update that shrinks.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from wireplan.manifests.providers.kafka import builtin
from wireplan.manifests.thing import Object
from wireplan.rim.program.bodies import Body, at, rows

HOLDS = "wireplan.dev/holds"  # the annotation of what holds data, in the words of `allow_data_loss`
TOPICS = "topics.json"
UNITS = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50,
         "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}  # fmt: skip
DELETING = frozenset(
    {"delete", "replace", "delete-replaced", "create-replacement", "discard", "discard-replaced"}
)


@dataclass(frozen=True, slots=True)
class Loss:
    """Data that a step would destroy: what, in the words of `allow_data_loss`, and how."""

    what: str
    how: str

    def __str__(self) -> str:
        return f"{self.what}: {self.how}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan."""

    operation: str
    urn: str
    old: Body | None
    new: Body | None


def refused(steps: Iterable[Step], allowed: Sequence[str]) -> list[Loss]:
    """The losses of a plan that no allowance names."""
    return [loss for step in steps for loss in losses(step) if loss.what not in allowed]


def steps(deployment: Mapping[str, Any], wanted: Mapping[str, Body]) -> list[Step]:
    """What a change amounts to, without asking the engine: an exported state beside the wanted objects by URN."""
    found: list[Step] = []
    for resource in rows(deployment, "resources"):
        urn, old = str(resource["urn"]), cast("Body | None", resource.get("inputs"))
        if ":kubernetes:" in urn or "$kubernetes:" in urn:
            new = wanted.get(urn)
            found.append(Step("update" if new is not None else "delete", urn, old, new))
    return found


def destroyed(found: Sequence[Loss]) -> str:
    """The sentence for data that would be lost."""
    told = "; ".join(str(loss) for loss in found)
    allowance = ", ".join(dict.fromkeys(loss.what for loss in found))
    return f"this would destroy data: {told}. If that is meant, write `allow_data_loss: [{allowance}]` in the topology"


def losses(step: Step) -> list[Loss]:
    """What a step would destroy."""
    held = holds(step.old)
    if step.operation in DELETING and held:
        return [Loss(held, "would be replaced" if "repla" in step.operation else "would be deleted")]
    if step.operation == "update" and step.old is not None and step.new is not None:
        return shrunk(step.old, step.new)
    return []


def holds(inputs: Body | None) -> str:
    """What data an object holds, by its annotation."""
    return str(at(inputs, "metadata", "annotations", HOLDS) or "")


def told(one: Object) -> Body:
    """An object's body with what data it holds, as the program gives it to the engine."""
    if not one.holds:
        return one.body
    metadata = dict(one.body["metadata"])
    metadata["annotations"] = {**metadata.get("annotations", {}), HOLDS: one.holds}
    return {**one.body, "metadata": metadata}


def shrunk(old: Body, new: Body) -> list[Loss]:
    """What an update takes away."""
    kind = str(old.get("kind"))
    if kind == "ConfigMap":
        return topics_shrunk(listed(old), listed(new))
    held = holds(old)
    if not held:
        return []
    if kind == "KafkaTopic":
        return topics_shrunk({held.partition(" ")[2]: strimzi(old)}, {held.partition(" ")[2]: strimzi(new)})
    ways = (less_disk(old, new), fewer_nodes(kind, old, new), other_quorum(kind, held, old, new))
    return [Loss(held, how) for how in ways if how]


def less_disk(old: Body, new: Body) -> str:
    """Whether a volume gets smaller."""
    before, after = disk(old), disk(new)
    return f"its volume would shrink from {before} to {after}" if size(after) < size(before) else ""


def fewer_nodes(kind: str, old: Body, new: Body) -> str:
    """Whether Kafka loses brokers: their partitions are not moved away by itself. Members of Postgres are copies."""
    before, after = at(old, "spec", "replicas"), at(new, "spec", "replicas")
    if (
        kind not in ("StatefulSet", "KafkaNodePool")
        or before is None
        or after is None
        or int(after) >= int(before)
    ):
        return ""
    return f"would go from {int(before)} to {int(after)} nodes, and what lies on them alone would be gone"


def other_quorum(kind: str, held: str, old: Body, new: Body) -> str:
    """Whether `builtin` Kafka gets controllers that its first one has not heard of: they are a majority, and begin with nothing."""
    before, after = at(old, "spec", "replicas"), at(new, "spec", "replicas")
    if kind != "StatefulSet" or held != f"volume {builtin.NAME}" or before is None or after is None:
        return ""
    was, will = builtin.controllers(int(before)), builtin.controllers(int(after))
    if will <= was:
        return ""
    return (
        f"its controllers would go from {was} to {will}, which elect each other without what the first one knows; "
        f'begin anew instead, with `wireplan down --data "{held}"`'
    )


def disk(inputs: Body) -> str:
    """The size of an object's volume: a claim template's, a Postgres cluster's, a pool's."""
    claims, volumes = rows(inputs, "spec", "volumeClaimTemplates"), rows(inputs, "spec", "storage", "volumes")
    found = [at(claim, "spec", "resources", "requests", "storage") for claim in claims]
    found += [at(inputs, "spec", "storage", "size"), *(volume.get("size") for volume in volumes)]
    return next((str(one) for one in found if one), "0")


def size(text: str) -> Decimal:
    """A quantity of bytes as a number."""
    match = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", text)
    return Decimal(match[1]) * UNITS.get(match[2], 1) if match else Decimal(0)


def topics_shrunk(old: Mapping[str, Body], new: Mapping[str, Body]) -> list[Loss]:
    """Topics that would keep their records for a shorter time, or forget all but the last a key."""
    found: list[Loss] = []
    for name, before in old.items():
        after = new.get(name)
        if after is None:
            continue  # nobody deletes it: the Job makes topics and never removes one
        was, will = configuration(before), configuration(after)
        if shorter(was.get("retention.ms"), will.get("retention.ms")):
            how = f"retention would go from {was['retention.ms']} ms to {will['retention.ms']} ms"
            found.append(Loss(f"topic {name}", how))
        if was.get("cleanup.policy") == "delete" and "compact" in str(will.get("cleanup.policy")):
            found.append(Loss(f"topic {name}", "would be compacted"))
        if int(after.get("partitions") or 0) < int(before.get("partitions") or 0):
            found.append(
                Loss(
                    f"topic {name}",
                    f"would go from {before['partitions']} to {after['partitions']} partitions",
                )
            )
    return found


def configuration(topic: Body) -> Body:
    """The configuration of a topic in the list."""
    return cast("Body", topic.get("config") or {})


def shorter(before: object, after: object) -> bool:
    """Whether a retention gets shorter; -1 is for ever."""
    was, will = int(str(before or -1)), int(str(after or -1))
    return will >= 0 and (was < 0 or will < was)


def listed(inputs: Body) -> dict[str, Body]:
    """The topics of the Job's list, by name; none in any other ConfigMap."""
    text = at(inputs, "data", TOPICS)
    if not isinstance(text, str):
        return {}
    return {str(one["name"]): one for one in json.loads(text)}


def strimzi(inputs: Body) -> Body:
    """A KafkaTopic in the words of the list."""
    return {"partitions": at(inputs, "spec", "partitions"), "config": at(inputs, "spec", "config")}


def released(deployment: dict[str, Any], allowed: Sequence[str]) -> list[str]:
    """Take protection and retention off what `allowed` names, in an exported state; the URNs of what was changed."""
    found: list[str] = []
    for resource in cast("list[dict[str, Any]]", deployment.get("resources") or []):
        held = holds(resource.get("inputs"))
        if held in allowed and (resource.get("protect") or resource.get("retainOnDelete")):
            resource.pop("protect", None)
            resource.pop("retainOnDelete", None)
            found.append(str(resource["urn"]))
    return found
