"""Load and check a topology in each of its environments: the whole of `wireplan validate` but for its reports."""

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import get_args

from wireplan.findings import Finding, Place
from wireplan.load.document import value
from wireplan.model.system import Profile
from wireplan.report.run import Checked, Run
from wireplan.rim import baselines, sources
from wireplan.rim.sources import Sources
from wireplan.rim.trouble import Trouble
from wireplan.rules.baseline import Baseline
from wireplan.rules.check import check, every
from wireplan.rules.waivers import UNUSED
from wireplan.topology import defaults
from wireplan.topology.resolve import NO_ENVIRONMENT
from wireplan.topology.types import TopicRole, Topology


def validate(path: Path, environments: Sequence[str] = (), baseline: Baseline | None = None) -> Run:
    """The findings of a topology; in all its environments unless some are named, without an overlay where there is none.

    What `baseline` accepts is marked.

    Raises:
        Trouble: there is no such file or environment, or it declares no service, so that nothing would be checked.
    """
    known = sources.environments(path)
    wanted = environments or known
    texts: dict[str, str] = {}
    checked: list[Checked] = []
    with sources.uncollected():
        for environment in wanted or (None,):
            found = sources.sources(path, environment)
            checked.append(checked_in(found, environment or NO_ENVIRONMENT))
            if checked[-1].findings:
                texts.update(found.texts())
        unasked = (each for each in known if each not in wanted)
        used = used_somewhere(checked, (checked_quietly(path, each) for each in unasked))
    run = Run(str(path), tuple(each_used(checked, str(path), used)), texts, len(every()))
    return baselines.applied(run, baseline)


def used_somewhere(checked: Sequence[Checked], others: Iterable[Checked | None]) -> frozenset[Place]:
    """The waivers that allow nothing in one environment but something in another; `others` are not looked at without need.

    One that could not be checked may need them; one whose overlay has waivers of its own does not.
    """
    here = frozenset[Place]().union(*(unused(one.findings) for one in checked))
    used = frozenset[Place]()
    for one in chain(checked, others):
        if here <= used:
            break
        if one is None or one.waivers is None:
            return here
        used |= one.waivers - unused(one.findings)
    return here & used


def checked_quietly(path: Path, environment: str) -> Checked | None:
    """An environment that nobody asked to see; None where it cannot be checked."""
    try:
        return checked_in(sources.sources(path, environment), environment)
    except Trouble:
        return None


def unused(findings: Iterable[Finding]) -> frozenset[Place]:
    """The places of waivers that allow nothing."""
    return frozenset(each.at for each in findings if each.code == UNUSED.code)


def each_used(checked: Sequence[Checked], file: str, used: Collection[Place]) -> Iterator[Checked]:
    """What was checked, without waivers of the common file that are used. Those of an overlay are for its environment alone."""
    for one in checked:
        kept = (
            each
            for each in one.findings
            if each.code != UNUSED.code or each.at not in used or each.at.file != file
        )
        yield replace(one, findings=tuple(kept))


def checked_in(found: Sources, environment: str) -> Checked:
    """The findings of the loader and of the rules in one environment.

    Raises:
        Trouble: there is no service to check.
    """
    topology = found.topology
    if topology is not None and not topology.services:
        raise Trouble(
            f"{topology.file} declares no service, so nothing was checked",
            fix="add a service, or name another file",
        )
    return judged(found, environment)


def alone(path: Path, found: Sources, environment: str) -> Run:
    """The findings of one environment whose sources have been read, even where there is no service."""
    one = judged(found, environment)
    others = (checked_quietly(path, each) for each in sources.environments(path) if each != environment)
    used = used_somewhere([one], others)
    return Run(
        str(path),
        tuple(each_used([one], str(path), used)),
        found.texts() if one.findings else {},
        len(every()),
    )


def judged(found: Sources, environment: str) -> Checked:
    """The findings of the loader, of the rules, and on patches."""
    topology = found.topology
    if topology is None:
        return Checked(environment, profile_of(found), found.findings)
    faults = (*found.findings, *check(topology, today=today()), *of_patches(topology))
    waivers = frozenset(topology.place("waivers", index) for index in range(len(topology.waivers)))
    checked = Checked(environment, topology.environment.profile, faults, parts(topology), waivers)
    named = found.system is None or found.system.contracts is not None
    return checked if named else replace(checked, unheld=unheld(topology))


def of_patches(topology: Topology) -> Iterator[Finding]:
    """The first patch that cannot be meant. Only the objects can tell, so they are made where there are patches."""
    if not topology.patches:
        return
    from wireplan.manifests.objects import objects
    from wireplan.manifests.patches import PatchError
    from wireplan.manifests.thing import ImpossibleError

    try:
        objects(topology, {})
    except PatchError as error:
        yield error.finding
    except ImpossibleError:
        return  # what the provider cannot do is said by what asks it to


def profile_of(found: Sources) -> str:
    """How strict an environment is whose topology could not be made; empty where that cannot be told.

    Without a System, what the last file says of it holds whatever the one before it says: an overlay wins.
    """
    said = value(found.documents[-1].data, ("environment", "profile")) if found.documents else None
    if found.system is not None and (found.system.environment.profile or said is None):
        return found.system.environment.profile or defaults.PROFILE.value
    return str(said) if said in get_args(Profile) else ""


def parts(topology: Topology) -> Mapping[str, int]:
    """How many of what was checked. Topics of retries and dead letters, which nobody writes, are as little counted as they are drawn."""
    return {
        "service": len(topology.services),
        "call": sum(len(service.calls) for service in topology.services.values()),
        "consumer group": sum(len(service.consumes) for service in topology.services.values()),
        "topic": sum(topic.role is TopicRole.MAIN for topic in topology.topics.values()),
        "database": sum(len(cluster.databases) for cluster in topology.databases.values()),
        "edge": len(topology.edges),
    }


def unheld(topology: Topology) -> Mapping[str, int]:
    """How many names of a topology without `contracts` are of a .proto: nobody knows whether they are in one."""
    topics = {topic.message for topic in topology.topics.values()}
    services = topology.services.values()
    published = {each.message for service in services for each in service.publishes.values()}
    return {
        "gRPC service": len({name for service in services for name in service.serves}),
        "message": len((topics | published) - {None}),
    }


def today() -> datetime.date:
    """The day that waivers are measured against."""
    return datetime.datetime.now(tz=datetime.UTC).date()
