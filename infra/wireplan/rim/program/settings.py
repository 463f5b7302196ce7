"""Where a program runs: which context of which kubeconfig, and what the person allows."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Environment

EMBEDDED = "embedded"
CONTEXT_PREFIX = "wireplan-"


@dataclass(frozen=True, slots=True)
class Settings:
    """One cluster and one namespace in it. `kubeconfig` None: the usual places.

    `adopt`: take over what is there. `reuse`: Secrets that are there keep their values, as after the state was lost.
    """

    context: str
    namespace: str
    kubeconfig: Path | None = None
    adopt: bool = False
    reuse: bool = False
    timeout: float = 600.0  # seconds for one object to get ready


def settings(environment: Environment, *, adopt: bool = False, timeout: float = 600.0) -> Settings:
    """The settings of an environment, bound to a context that it names.

    Raises:
        Trouble: the environment names no context, or none that the kubeconfig has.
    """
    if not environment.contexts:
        raise Trouble(
            f"environment {environment.name} names no kube context, so nothing may be created",
            fix=f"write `environment: {{contexts: [NAME]}}` in {environment.name}.yaml",
        )
    kubeconfig = embedded(environment)
    return Settings(
        chosen(environment, kubeconfig), environment.namespace, kubeconfig, adopt, timeout=timeout
    )


def embedded(environment: Environment) -> Path | None:
    """The kubeconfig of an embedded cluster, which is not in the person's own."""
    if environment.cluster != EMBEDDED:
        return None
    from wireplan.rim.cluster.layout import Layout

    return Layout(cluster_name(environment)).kubeconfig


def cluster_name(environment: Environment) -> str:
    """The embedded cluster that the environment's context belongs to."""
    return environment.contexts[0].removeprefix(CONTEXT_PREFIX)


def chosen(environment: Environment, kubeconfig: Path | None) -> str:
    """The context: the environment's only one, or the one of them that is current."""
    if len(environment.contexts) == 1:
        return environment.contexts[0]
    from wireplan.rim.program.kube import contexts

    known, current = contexts(kubeconfig)
    if current in environment.contexts:
        return current
    found = [name for name in environment.contexts if name in known]
    if len(found) == 1:
        return found[0]
    raise Trouble(
        f"environment {environment.name} may use {', '.join(environment.contexts)}, and none of them is current",
        why=f"the current context is {current or 'none'}",
        fix="kubectl config use-context NAME",
    )


def usable(settings: Settings) -> None:
    """Refuse a context that the kubeconfig does not have, before the provider says it at length.

    Raises:
        Trouble: it is not there.
    """
    if settings.kubeconfig:
        known, where = own_contexts(settings.kubeconfig), settings.kubeconfig
    else:
        from wireplan.rim.program.kube import contexts

        (known, _), where = contexts(None), Path(os.environ.get("KUBECONFIG") or "~/.kube/config")
    if settings.context not in known:
        raise Trouble(
            f"the kube context {settings.context} is not in {where}",
            why=f"known are {', '.join(known) or 'none'}",
            fix="add it, or name another in the environment's `contexts`",
        )


def own_contexts(kubeconfig: Path) -> list[str]:
    """The contexts of a kubeconfig that we wrote, which is JSON: no need for a YAML parser or a client.

    Raises:
        Trouble: it is not there.
    """
    try:
        return [str(one["name"]) for one in json.loads(kubeconfig.read_text())["contexts"]]
    except (OSError, ValueError, KeyError) as error:
        raise Trouble(
            f"there is no cluster: {kubeconfig} is not there or not ours",
            why=str(error),
            fix=f"wireplan cluster up --name {kubeconfig.parent.name}",
        ) from error
