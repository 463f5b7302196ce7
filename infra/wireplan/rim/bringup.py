"""`wireplan up`: check, scaffold, images, cluster, Pulumi, readiness, and an address at the end; or why it failed."""

import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wireplan.manifests import labels, sinks
from wireplan.manifests.objects import objects
from wireplan.manifests.thing import Images
from wireplan.report.text import blocks
from wireplan.rim import checked, sources, standins, talk
from wireplan.rim.program import handover, planning, program, workspace
from wireplan.rim.program.bodies import at
from wireplan.rim.program.progress import Progress, Ticking, title
from wireplan.rim.program.settings import EMBEDDED, Settings, cluster_name, settings, usable
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Topology

if TYPE_CHECKING:
    from pulumi.automation import OutputMap, Stack

    from wireplan.rim.program.kube import Cluster

SERVICES = "services"
# What the engine adds when pods do not get ready; the causes say it better.
NOISE = ("update failed", "not ready", "imed out waiting", "error: one or more", "initialize or become live")
CERTIFICATE = "authority.pem"
EXAMPLE = Path("example") / "upload.py"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person wants of this run."""

    adopt: bool = False
    build: bool = True
    timeout: float = 600.0  # seconds for one object to get ready


@dataclass(frozen=True, slots=True)
class Running:
    """A system that is up: its URLs, and the file with the certificate that they are signed by."""

    topology: Topology
    urls: Mapping[str, str]
    addresses: Mapping[str, str]
    authority: Path | None
    example: Path | None
    changes: Mapping[str, int]


def up(path: Path, name: str, wishes: Wishes) -> Running:
    """Bring a stack up.

    Raises:
        Faulty: the topology has errors.
        Trouble: something in the way; the sentence says what, why and what to do.
    """
    folder = sources.topology_file(path).resolve().parent
    with talk.step("check the topology"):
        passed = checked.passed(path, name)
        for block in blocks(passed.run):
            talk.say(block)
    topology = passed.topology
    embedded = topology.environment.cluster == EMBEDDED
    if wishes.build and embedded:
        services(path, folder, topology, name)
    images = complete(topology, checked.images(path, name), name)
    if embedded:
        from wireplan.rim import cluster

        cluster.up(cluster_name(topology.environment))
    where = settings(topology.environment, adopt=wishes.adopt, timeout=wishes.timeout)
    usable(where)
    from wireplan.rim.program.kube import answering

    with talk.step(f"bring {topology.system} up on {where.context}"), answering(where.context):
        return apply(folder, name, topology, images, where)


def services(path: Path, folder: Path, topology: Topology, name: str) -> None:
    """The services' workspace, if it is not there or was cut short, and all images that are missing or changed."""
    from wireplan.rim import scaffolding
    from wireplan.rim.images import build, stack
    from wireplan.rim.images import workspace as members

    target = folder / SERVICES
    if not scaffolding.finished(target):
        with talk.step("render the services"):
            scaffolding.from_file(path, scaffolding.Options())
    with talk.step("build images"):
        layout = build.here()
        wanted = stack.wanted((), members.names(target, topology.system))
        _, own = stack.built(layout, wanted, target, topology.system, stack.groups(topology))
        stack.note(folder, name, stack.references(layout, own))


def complete(topology: Topology, images: Images, name: str) -> Images:
    """The images, if every service has one, and what stands in for others' systems.

    Raises:
        Trouble: one has none.
    """
    missing = [each.name for each in topology.services.values() if each.whole not in images]
    if "tools" not in images and any(
        sinks.brought(topology)
    ):  # found out at the end of a whole `up` otherwise
        missing.append("tools")
    if missing:
        raise Trouble(
            f"no image is known for {', '.join(missing)}",
            fix=f"in the folder of the topology: wireplan images build --stack {name}, with --push REGISTRY for a cluster elsewhere",
        )
    return images


def apply(folder: Path, name: str, topology: Topology, images: Images, where: Settings) -> Running:
    """Look at what would happen, refuse what would destroy data, then do it.

    A stack without state on a namespace that is there (the state was lost, or is another clone's): Secrets keep their values.
    """
    from wireplan.rim.program import prerequisites
    from wireplan.rim.program.kube import Cluster

    if workspace.unlock(folder, topology.system, name, where.timeout):
        talk.say("    an earlier run was killed: going on where it stopped")
    found = workspace.stack(folder, topology.system, name, program(topology, images, where))
    cluster = Cluster(where)
    there = inhabited(cluster, where.timeout)
    before = planning.believable(found, planning.state(found), cluster, objects(topology, images))
    if before.get("resources"):
        planning.keep_data(before, topology, images, name)
        planning.release(found, before, topology)
        planned = planning.preview(found, before)
        if not planning.changing(planned):
            talk.say("    everything is as the topology says")
            rolled_out(cluster, topology, where, planned)
            standins.up(cluster, topology, images, where.timeout)
            return running(folder, topology, told(found.outputs()), planned)
        if planned.counts["create"]:
            wake(cluster, topology)
        handover.hand_over(cluster, objects(topology, images), name, topology.system)
    else:
        prerequisites.check(cluster, objects(topology, images))
        where = dataclasses.replace(where, reuse=there)
        found.workspace.program = program(topology, images, where)
    progress = Progress(talk.say)
    outputs = carried_out(found, progress, topology, where)
    rolled_out(cluster, topology, where, progress)
    standins.up(cluster, topology, images, where.timeout)
    return running(folder, topology, outputs, progress)


def inhabited(cluster: "Cluster", seconds: float) -> bool:
    """Whether the namespace is there already; one that is going away is waited for.

    Raises:
        Trouble: it does not go.
    """
    end = time.monotonic() + seconds
    while (found := cluster.find("v1", "Namespace", cluster.namespace)) and at(
        found, "metadata", "deletionTimestamp"
    ):
        if time.monotonic() > end:
            raise Trouble(
                f"namespace {cluster.namespace} is being deleted, and is not gone after {seconds:.0f} s"
            )
        time.sleep(1)
    return found is not None


def rolled_out(cluster: "Cluster", topology: Topology, where: Settings, progress: Progress) -> None:
    """Wait until every pod is of the new version and ready.

    Raises:
        Trouble: some are not in time.
    """
    from wireplan.rim.program import readiness

    ours = f"{labels.PREFIX}part-of={topology.system},{labels.PREFIX}managed-by={labels.MANAGER}"
    if readiness.wait(cluster, ours, where.timeout, talk.say):
        raise failed(progress, topology, where)


def wake(cluster: "Cluster", topology: Topology) -> None:
    """Wake the databases that an earlier `down` put to sleep."""
    from wireplan.rim import takedown

    for name in takedown.awake(cluster, topology):
        talk.say(f"    {name} wakes up with the data that it had")


def carried_out(found: "Stack", progress: Progress, topology: Topology, where: Settings) -> Mapping[str, Any]:
    """Do it.

    Raises:
        Trouble: a step failed; says why, a cause a workload.
    """
    from pulumi.automation.errors import CommandError, ConcurrentUpdateError

    try:
        with Ticking(progress):
            return told(found.up(on_event=progress.event).outputs)
    except ConcurrentUpdateError as error:
        raise Trouble(
            f"another run is changing stack {found.name}, or one was killed while it did",
            fix="wait for it; if there is none, run `pulumi cancel` in the stack's folder",
        ) from error
    except CommandError as error:
        raise failed(progress, topology, where) from error


def told(outputs: "OutputMap") -> Mapping[str, Any]:
    """What a stack tells. None of ours is a secret."""
    return {name: output.value for name, output in outputs.items()}


def failed(progress: Progress, topology: Topology, where: Settings) -> Trouble:
    """Why a rollout failed."""
    from wireplan.rim.program import diagnose
    from wireplan.rim.program.kube import Cluster, NoAnswerError

    try:
        causes = [cause.text() for cause in diagnose.causes(Cluster(where))]
    except NoAnswerError as error:
        causes = [f"the cluster does not answer: {error}"]
    engine = [f"{title(one.urn)}: {one.message}" if one.urn else one.message for one in progress.failures]
    told = [
        line for line in dict.fromkeys(engine) if not any(word in line for word in (NOISE if causes else ()))
    ]
    return Trouble(
        f"{topology.system} did not come up on {where.context}",
        why="\n".join([*causes, *told]),
        fix="mend that and run the same command again: it goes on where it stopped",
    )


def running(folder: Path, topology: Topology, values: Mapping[str, Any], done: Progress) -> Running:
    """What the person is told at the end, from the stack's outputs."""
    authority: Path | None = None
    if text := values.get("authority"):
        from wireplan.rim import files

        authority = folder / workspace.WORK / CERTIFICATE
        files.write(authority, text)
    example = folder / EXAMPLE if (folder / EXAMPLE).is_file() else None
    urls: dict[str, str] = values.get("urls", {})
    addresses: dict[str, str] = values.get("addresses", {})
    return Running(topology, urls, addresses, authority, example, dict(done.counts))


def as_json(found: Running) -> str:
    """For programs."""
    document = {
        "version": 1,
        "system": found.topology.system,
        "environment": found.topology.environment.name,
        "urls": dict(found.urls),
        "addresses": dict(found.addresses),
        "authority": str(found.authority) if found.authority else None,
        "changes": dict(found.changes),
    }
    return json.dumps(document, indent=2) + "\n"
