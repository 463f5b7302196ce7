"""Where a program runs: which context of which kubeconfig, and what the person allows."""

import os
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Environment

EMBEDDED = "embedded"
CONTEXT_PREFIX = "wireplan-"


@dataclass(frozen=True, slots=True)
class Settings:
    """One cluster and one namespace in it. `kubeconfig` None: the usual places. `adopt`: take over what is there."""

    context: str
    namespace: str
    kubeconfig: Path | None = None
    adopt: bool = False


def settings(environment: Environment, *, adopt: bool = False) -> Settings:
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
    return Settings(chosen(environment, kubeconfig), environment.namespace, kubeconfig, adopt)


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
    if settings.kubeconfig and not settings.kubeconfig.is_file():
        raise Trouble(
            f"there is no cluster: {settings.kubeconfig} is not there",
            fix=f"wireplan cluster up --name {settings.context.removeprefix(CONTEXT_PREFIX)}",
        )
    from wireplan.rim.program.kube import contexts

    known, _ = contexts(settings.kubeconfig)
    if settings.context not in known:
        where = settings.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
        raise Trouble(
            f"the kube context {settings.context} is not in {where}",
            why=f"known are {', '.join(known) or 'none'}",
            fix="add it, or name another in the environment's `contexts`",
        )
