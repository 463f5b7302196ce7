"""Sagas of a running system that have not ended: each owner's pod is asked, which reads its own database."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from wireplan.report.sagas import Unfinished
from wireplan.rim import checked
from wireplan.rim.program.diagnose import condition
from wireplan.rim.program.settings import settings, usable
from wireplan.rim.trouble import Trouble
from wireplan.skeletons import names
from wireplan.topology.types import Topology

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

SECONDS = 20.0
"""For starting Python in the pod and one query."""


@dataclass(frozen=True, slots=True)
class Found:
    """Unfinished sagas, and how many more there are that an owner did not tell."""

    sagas: tuple[Unfinished, ...]
    more: int = 0


def look(path: Path, name: str) -> tuple[Topology, Found]:
    """The topology, and its unfinished sagas: first those that are stuck, then the oldest.

    Raises:
        Trouble: no cluster, none that answers, or no pod of an owner that can be asked.
    """
    from wireplan.rim.program.kube import Cluster, answering

    topology = checked.topology(path, name)
    where = settings(topology.environment)
    usable(where)
    with answering(where.context):
        cluster = Cluster(where)
        found = [told(cluster, topology, owner) for owner in owners(topology)]
    every = sorted((one for each in found for one in each.sagas), key=lambda one: (not one.stuck, -one.age))
    return topology, Found(tuple(every), sum(each.more for each in found))


def retry(path: Path, name: str, saga: str, key: str) -> bool:
    """End the pause of a saga; False when there is none of that key that goes on.

    Raises:
        Trouble: as above, or no such saga in the topology, or nobody remembers it.
    """
    from wireplan.rim.program.kube import Cluster, answering

    topology = checked.topology(path, name)
    if saga not in topology.sagas:
        from wireplan.load.nearest import asked as near
        from wireplan.load.nearest import listing

        known = sorted(topology.sagas)
        raise Trouble(f"there is no saga {saga}{near(saga, known)}", fix=f"sagas: {listing(known)}")
    owner = topology.sagas[saga].owner
    if owner not in owners(topology):
        raise Trouble(
            f"nobody remembers the sagas {saga}",
            why=f"{owner}, their owner, has no database",
            fix="wireplan explain SAG003",
        )
    where = settings(topology.environment)
    usable(where)
    with answering(where.context):
        said = asked(Cluster(where), topology, owner, "--retry", saga, key)
    if not said.strip().isdigit():
        raise otherwise(owner, said)
    return int(said) > 0


def owners(topology: Topology) -> list[str]:
    """The services that orchestrate sagas, and can remember them."""
    return sorted({saga.owner for saga in topology.sagas.values() if topology.services[saga.owner].database})


def told(cluster: "Cluster", topology: Topology, owner: str) -> Found:
    """What one owner tells."""
    said = asked(cluster, topology, owner)
    try:
        answer = cast("dict[str, Any]", json.loads(said))
        return Found(tuple(Unfinished(**row, owner=owner) for row in answer["sagas"]), int(answer["more"]))
    except (ValueError, TypeError, KeyError) as error:
        raise otherwise(owner, said) from error


def otherwise(owner: str, said: str) -> Trouble:
    """What is said of a pod that answers with something else, as one of another version may."""
    fix = "wireplan up, where the pods are of an older version than the command"
    return Trouble(f"a pod of {owner} answered with something else", why=said.strip()[-500:], fix=fix)


def asked(cluster: "Cluster", topology: Topology, owner: str, *words: str) -> str:
    """What the platform's program says in a pod of the owner."""
    pod = next((pod for pod in cluster.pods(owner) if ready(pod)), None)
    if pod is None:
        raise Trouble(f"no pod of {owner} is ready, and only they know their sagas", fix="wireplan status")
    module = f"{names.module(topology.system)}_platform.sagas"
    command = ["python3", "-m", module, *words]
    return cluster.execute(str(pod["metadata"]["name"]), owner, command, SECONDS)


def ready(pod: dict[str, Any]) -> bool:
    """Whether a pod says that it is."""
    return (condition(pod, "Ready") or {}).get("status") == "True"
