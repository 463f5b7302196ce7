"""`wireplan down`: remove what runs, keep what holds data unless it is named.

Kafka and the object store stop and leave their volumes; Postgres hibernates (no pods, volumes and Cluster stay), since
deleting its Cluster deletes its volumes. The namespace stays with them. What is named goes with its data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wireplan.manifests.labels import PREFIX
from wireplan.rim import checked, sources, standins, talk
from wireplan.rim.program import planning, program, protection, workspace
from wireplan.rim.program.bodies import at, rows
from wireplan.rim.program.progress import Progress, Ticking
from wireplan.rim.program.settings import Settings, settings, usable
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Topology

if TYPE_CHECKING:
    from pulumi.automation import Stack

    from wireplan.rim.program.kube import Cluster

Held = Mapping[str, list[tuple[str, str, str]]]
ALL = "all"
HIBERNATION = "cnpg.io/hibernation"
CNPG = "postgresql.cnpg.io/v1"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was removed, and what data is still there."""

    removed: int
    kept: tuple[str, ...]
    destroyed: tuple[str, ...]


def down(path: Path, name: str, data: Sequence[str]) -> Taken:
    """Take a stack down; `data` names what is destroyed with it, in the words of `allow_data_loss`, or is "all".

    Raises:
        Trouble: there is no such data or stack, or something is in the way.
    """
    from wireplan.rim.program.kube import Cluster, answering

    topology = checked.topology(path, name)
    where = settings(topology.environment)
    usable(where)
    folder = sources.topology_file(path).resolve().parent
    workspace.unlock(folder, topology.system, name, where.timeout)
    found = workspace.stack(folder, topology.system, name, program(topology, {}, where))
    deployment = planning.state(found)
    held = holders(deployment)
    doomed = named(held, data)
    refuse_kept(databases(deployment), doomed)
    with talk.step(f"take {topology.system} down on {where.context}"), answering(where.context):
        standins.down(Cluster(where), topology)
        return take(found, where, held, doomed)


def holders(deployment: Mapping[str, Any]) -> Held:
    """What holds data in a stack's state: by its name in the words of `allow_data_loss`, the objects."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for resource in rows(deployment, "resources"):
        inputs = resource.get("inputs")
        if word := protection.holds(inputs):
            key = (
                str(at(inputs, "apiVersion")),
                str(at(inputs, "kind")),
                str(at(inputs, "metadata", "name")),
            )
            found.setdefault(word, []).append(key)
    return found


def named(held: Mapping[str, object], data: Sequence[str]) -> tuple[str, ...]:
    """The data that is to be destroyed.

    Raises:
        Trouble: something named is no data of the system.
    """
    if ALL in data:
        return tuple(held)
    unknown = [word for word in data if word not in held]
    if unknown:
        raise Trouble(
            f"the system holds no data called {', '.join(unknown)}",
            why=f"it holds {', '.join(held) or 'none'}",
            fix='name it so, for example --data "database main"',
        )
    whole = next((word for word in data if word.startswith("namespace ")), None)
    return tuple(held) if whole else tuple(data)  # with the namespace goes everything in it


def databases(deployment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each database and the Postgres cluster that it lies in, both in the words of `allow_data_loss`."""
    bodies = [at(resource, "inputs") for resource in rows(deployment, "resources")]
    clusters = {
        str(at(body, "metadata", "name")): protection.holds(body)
        for body in bodies
        if at(body, "kind") == "Cluster"
    }
    return [
        (protection.holds(body), clusters.get(str(at(body, "spec", "cluster", "name")), ""))
        for body in bodies
        if at(body, "kind") == "Database"
    ]


def refuse_kept(found: Sequence[tuple[str, str]], doomed: Sequence[str]) -> None:
    """Refuse to destroy a database alone: its object would go, and Postgres would keep what is in it.

    Raises:
        Trouble: one is named without its Postgres cluster.
    """
    for database, cluster in found:
        if cluster and database in doomed and cluster not in doomed:
            raise Trouble(
                f"{database} cannot be destroyed alone: nothing was removed",
                why=f"a database stays in its Postgres for as long as that is there: {cluster}",
                fix=f'name --data "{cluster}", which destroys all of its databases, or leave {database} out',
            )


def take(
    found: "Stack",
    where: Settings,
    held: Held,
    doomed: Sequence[str],
) -> Taken:
    """Let go of what goes, destroy it, put to sleep what stays."""
    from wireplan.rim.program.kube import Cluster

    cluster = Cluster(where)
    stopped = [word for word, keys in held.items() if all(kind == "StatefulSet" for _, kind, _ in keys)]
    released(found, [*stopped, *doomed])
    let_go(cluster, [key for word in doomed for key in held[word]])
    progress = Progress(talk.say)
    destroy(found, progress)
    kept = [word for word in held if word not in doomed]
    for word in kept:
        for version, kind, name in held[word]:
            if (version, kind) == (CNPG, "Cluster"):
                hibernate(cluster, name)
    for word in doomed:
        for _, kind, name in held[word]:
            if kind == "StatefulSet":
                volumes(cluster, name)
    return Taken(progress.counts["delete"], tuple(kept), tuple(doomed))


def let_go(cluster: "Cluster", keys: Sequence[tuple[str, str, str]]) -> None:
    """Take the finalizer off databases that go with their Postgres: only a primary does, and one that sleeps has none."""
    from wireplan.rim.program.kube import address

    for version, kind, name in keys:
        if (version, kind) == (CNPG, "Database"):
            where = address(CNPG, "Database", cluster.namespace, name)
            cluster.send("PATCH", where, {"metadata": {"finalizers": None}})


def released(found: "Stack", names: Sequence[str]) -> None:
    """Take protection off what goes. A stopped StatefulSet leaves its volumes, so that loses nothing."""
    state = planning.state(found)
    if protection.released(state, names):
        planning.restore(found, state)


def destroy(found: "Stack", progress: Progress) -> None:
    """Remove everything that is not protected.

    Raises:
        Trouble: a step failed.
    """
    from pulumi.automation.errors import CommandError

    try:
        with Ticking(progress):
            found.destroy(on_event=progress.event, exclude_protected=True)
    except CommandError as error:
        why = "\n".join(dict.fromkeys(failure.message for failure in progress.failures)) or str(error)
        raise Trouble("not everything could be removed", why=why, fix="run the same command again") from error


def hibernate(cluster: "Cluster", name: str) -> None:
    """Let the operator stop all members and keep their volumes; `up` wakes them by taking the annotation away."""
    from wireplan.rim.program.kube import address

    patch = {"metadata": {"annotations": {HIBERNATION: "on"}}}
    cluster.send("PATCH", address(CNPG, "Cluster", cluster.namespace, name), patch)


def awake(cluster: "Cluster", topology: Topology) -> list[str]:
    """Wake Postgres clusters that `down` put to sleep; their names."""
    from wireplan.rim.program.kube import address

    woken: list[str] = []
    for one in topology.databases.values():
        body = cluster.find(CNPG, "Cluster", one.resource)
        if at(body, "metadata", "annotations", HIBERNATION) == "on":
            patch = {"metadata": {"annotations": {HIBERNATION: None}}}
            cluster.send("PATCH", address(CNPG, "Cluster", cluster.namespace, one.resource), patch)
            woken.append(one.resource)
    return woken


def volumes(cluster: "Cluster", name: str) -> None:
    """Delete the claims of a StatefulSet that is gone."""
    from wireplan.rim.program.kube import address

    for claim in cluster.items("v1", "PersistentVolumeClaim", f"{PREFIX}name={name}"):
        cluster.send(
            "DELETE",
            address("v1", "PersistentVolumeClaim", cluster.namespace, str(at(claim, "metadata", "name"))),
        )
