"""The same proofs for a program. The shape has a version; keys are only ever added within one."""

import json
from math import isinf
from typing import Any

from wireplan.report.data import place_as_data
from wireplan.topology.drain import Drain, Pace
from wireplan.topology.proofs import Proofs
from wireplan.topology.sizes import Limit, Passage
from wireplan.topology.survival import Stage, Write
from wireplan.topology.types import Topology

VERSION = 1


def render(proofs: Proofs) -> str:
    """One JSON document. Rates are per second, times in seconds; null where something never happens, or nobody says."""
    topology = proofs.topology
    document = {
        "version": VERSION,
        "system": topology.system,
        "environment": topology.environment.name,
        "groups": [group_as_data(each) for each in proofs.groups],
        "writes": [write_as_data(topology, each) for each in proofs.writes],
        "sizes": [passage_as_data(topology, each) for each in proofs.passages],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def group_as_data(found: Drain) -> dict[str, Any]:
    """One group on one topic."""
    return {
        "group": found.group.group,
        "service": found.group.service,
        "topic": found.topic.name,
        "path": list(found.path),
        "rate": found.rate,
        "handling": found.handling,
        "mean_known": found.group.handler_mean is not None,
        "outage": found.group.outage,
        "backlog": found.backlog if found.rate is not None else None,
        "limit": found.limit,
        "keeps_up": found.keeps_up if found.rate is not None else None,
        "fewest": pace_as_data(found, found.fewest),
        "most": pace_as_data(found, found.most),
    }


def pace_as_data(found: Drain, pace: Pace) -> dict[str, Any]:
    """What it does with some number of pods."""
    known = found.rate is not None
    return {
        "pods": pace.pods,
        "working": pace.working,
        "capacity": finite(pace.capacity),
        "catch_up": finite(pace.catch_up) if known else None,
        "lost_after": finite(pace.lost),
    }


def write_as_data(topology: Topology, write: Write) -> dict[str, Any]:
    """One acknowledged write; `survives` is null where others run what keeps it."""
    return {
        "kind": write.kind.value,
        "writer": write.writer,
        "target": write.target,
        "path": list(write.path),
        "survives": write.survives,
        "stages": [stage_as_data(topology, stage) for stage in write.stages],
    }


def stage_as_data(topology: Topology, stage: Stage) -> dict[str, Any]:
    """A part of its life."""
    return {
        "when": stage.when,
        "survives": stage.safety.survives,
        "copies": [{"where": copy.where, "path": list(copy.path)} for copy in stage.safety.copies],
        "left": [stage.safety.left(1), stage.safety.left(2)],
        "schedule": [
            {"text": words, "path": list(path), "at": place_as_data(topology.place(*path))}
            for path, words in stage.safety.schedule
        ],
    }


def passage_as_data(topology: Topology, found: Passage) -> dict[str, Any]:
    """What a service may be given, and may hand on; bytes."""
    return {
        "service": found.service,
        "keeps": found.keeps,
        "enters": [limit_as_data(topology, each) for each in found.enters],
        "leaves": [limit_as_data(topology, each) for each in found.leaves],
    }


def limit_as_data(topology: Topology, limit: Limit) -> dict[str, Any]:
    """One of them and where it is said."""
    at = place_as_data(topology.place(*limit.path))
    return {"where": limit.where, "size": limit.size, "path": list(limit.path), "at": at}


def finite(value: float) -> float | None:
    """JSON has no infinity."""
    return None if isinf(value) else value
