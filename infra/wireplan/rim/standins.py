"""Bring up and take down what stands in for systems that are not ours, beside the system and in no stack of Pulumi: it is no part of what is deployed."""

import base64
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wireplan.manifests import sinks, standins
from wireplan.manifests.labels import OWN, PREFIX
from wireplan.manifests.standins import Secrets
from wireplan.manifests.thing import Body, Images
from wireplan.rim import talk
from wireplan.rim.program.diagnose import complete
from wireplan.rim.program.settings import EMBEDDED
from wireplan.rim.trouble import Trouble
from wireplan.topology import names
from wireplan.topology.types import External, OAuth, Topology

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

APPLY = "application/apply-patch+yaml"
OF = f"{OWN}of"
"""The label with the namespace of the system that something stands in for: by it what is no longer wanted is found again."""

KINDS = (
    ("apps/v1", "Deployment"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "ServiceAccount"),
)
"""All that anything that stands in is made of."""


def up(cluster: "Cluster", topology: Topology, images: Images, seconds: float) -> None:
    """Have everything that the system needs of the world and the world does not give, and nothing that it gives by now; the image `tools` holds the program that takes messages.

    Raises:
        Trouble: the cluster is not the embedded one, or something does not get ready.
        NoAnswerError: the cluster did not take an object.
    """
    providers, takers = list(standins.brought(topology)), list(sinks.brought(topology))
    made: list[Body] = []
    for external, service, login in providers:
        refuse_elsewhere(topology, external)
        made += bring(
            cluster,
            topology,
            standins.objects(external, login, secrets(cluster, external, login, service)),
        )
    for external in takers:
        refuse_elsewhere(topology, external)
        made += bring(cluster, topology, sinks.objects(external, kept(cluster, external), images["tools"]))
    clear_away(cluster, topology, made)
    for external in [*(external for external, _, _ in providers), *takers]:
        wait(cluster, names.external(external.name), seconds)
        talk.say(f"    {external.name} stands in at {external.url}")


def refuse_elsewhere(topology: Topology, external: External) -> None:
    """Nothing is brought to a cluster of somebody else.

    Raises:
        Trouble: the cluster is not the embedded one.
    """
    if topology.environment.cluster != EMBEDDED:
        raise Trouble(
            f"{external.name} cannot be brought to this cluster",
            why="provider builtin is for the embedded cluster: nobody publishes the image elsewhere",
            fix=f"externals.{external.name}.provider: external in this environment, with the URL of a real one",
        )


def bring(cluster: "Cluster", topology: Topology, made: list[Body]) -> list[Body]:
    """Apply all that one is made of, with the mark of whom it is for; the namespace is everybody's."""
    for body in made:
        metadata = body["metadata"]
        if body["kind"] != "Namespace":
            labels = {**metadata["labels"], OF: topology.environment.namespace}
            metadata = {**metadata, "labels": labels}
        apply(cluster, {**body, "metadata": metadata})
    return made


def clear_away(cluster: "Cluster", topology: Topology, wanted: list[Body]) -> None:
    """Remove all that stands in for this system but `wanted`: what is the real one by now, or what nobody uses any more."""
    from wireplan.rim.program.kube import address

    if topology.environment.cluster != EMBEDDED:
        return
    stays = {(body["kind"], body["metadata"]["name"]) for body in wanted}
    ours = f"{PREFIX}managed-by={standins.MANAGER},{OF}={topology.environment.namespace}"
    for version, kind in KINDS:
        found = cluster.get(address(version, kind, names.OUTSIDE), labelSelector=ours) or {}
        for name in [body["metadata"]["name"] for body in found.get("items") or ()]:
            if (kind, name) not in stays:
                cluster.send("DELETE", address(version, kind, names.OUTSIDE, name))


def down(cluster: "Cluster", topology: Topology) -> None:
    """Remove all of it, also what another version of the topology wanted; the namespace stays for those of other systems."""
    from wireplan.rim.program.kube import address

    none = Secrets("", "", "")
    made = [standins.objects(external, login, none) for external, _, login in standins.brought(topology)]
    made += [sinks.objects(external, none, "") for external in sinks.brought(topology)]
    for body in (body for bodies in made for body in bodies if body["kind"] != "Namespace"):
        version, kind, name = body["apiVersion"], body["kind"], body["metadata"]["name"]
        cluster.send("DELETE", address(version, kind, names.OUTSIDE, name))
    clear_away(cluster, topology, [])


def secrets(cluster: "Cluster", external: External, login: OAuth, service: str) -> Secrets:
    """What the stack made for the system, which the provider has to know, too.

    Raises:
        Trouble: it is not there.
    """
    tls = values(cluster, external.tls_secret)
    client = values(cluster, login.secret)
    if not (tls and client):
        raise Trouble(
            f"the secrets of {service} for {external.name} are not in the cluster", fix="run `wireplan up`"
        )
    return Secrets(tls["tls.crt"], tls["tls.key"], client[standins.CLIENT_SECRET])


def kept(cluster: "Cluster", external: External) -> Secrets:
    """What the stack made for the services that use a relay or gateway.

    Raises:
        Trouble: it is not there.
    """
    tls = values(cluster, external.tls_secret)
    own: Mapping[str, str] = values(cluster, external.auth_secret) if external.auth_secret else {}
    if not tls or (external.auth and not own):
        raise Trouble(f"the secrets for {external.name} are not in the cluster", fix="run `wireplan up`")
    return Secrets(tls["tls.crt"], tls["tls.key"], own[external.auth] if external.auth else "")


def values(cluster: "Cluster", name: str) -> Mapping[str, str]:
    """The values of a Secret; none where there is no such."""
    data: Mapping[str, str] = (cluster.find("v1", "Secret", name) or {}).get("data") or {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def apply(cluster: "Cluster", body: Mapping[str, Any]) -> None:
    """Make an object, or make it as it should be."""
    from wireplan.rim.program.kube import address

    where = address(body["apiVersion"], body["kind"], names.OUTSIDE, body["metadata"]["name"])
    cluster.send("PATCH", f"{where}?fieldManager={standins.MANAGER}&force=true", dict(body), APPLY)


def wait(cluster: "Cluster", name: str, seconds: float) -> None:
    """Until its pod is ready.

    Raises:
        Trouble: it is not in time.
    """
    from wireplan.rim.program.kube import address

    end = time.monotonic() + seconds
    where = address("apps/v1", "Deployment", names.OUTSIDE, name)
    while not ((found := cluster.get(where)) and complete("Deployment", found)):
        if time.monotonic() > end:
            raise Trouble(
                f"{name} in namespace {names.OUTSIDE} is not ready after {seconds:.0f} s",
                fix=f"kubectl -n {names.OUTSIDE} describe pods, and kubectl -n {names.OUTSIDE} logs deployment/{name}, say why",
            )
        time.sleep(0.5)
