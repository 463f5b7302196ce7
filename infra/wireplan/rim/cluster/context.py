"""Which cluster a kubeconfig would lead to, and whether the environment in the model names it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from wireplan.rim import engines, process
from wireplan.rim.trouble import Trouble


def require_context(kubeconfig: Path, context: str, allowed: Iterable[str]) -> None:
    """Refuse to touch a cluster that the environment does not name, whatever the shell points at.

    Raises:
        Trouble: the context is not among the allowed, or the kubeconfig does not have it.
    """
    names = list(allowed)
    if context not in names:
        raise Trouble(
            f"the context {context!r} is not one that this environment names",
            why="it names " + (", ".join(names) or "none") + f"; the kubeconfig is {kubeconfig}",
            fix="choose the stack whose environment names it, or add the context to the environment in the topology file",
        )
    known = contexts(kubeconfig)
    if context not in known:
        raise Trouble(
            f"{kubeconfig} has no context {context!r}",
            why="it has " + (", ".join(known) or "none"),
            fix="set KUBECONFIG, or bring the cluster up",
        )


def contexts(kubeconfig: Path) -> list[str]:
    """The contexts of a kubeconfig.

    Raises:
        Trouble: it cannot be read.
    """
    if not kubeconfig.is_file():
        raise Trouble(
            f"there is no kubeconfig at {kubeconfig}",
            fix="bring the cluster up (`wireplan cluster up`), or set KUBECONFIG",
        )
    found = view(kubeconfig)
    rows = cast("list[Mapping[str, Any]]", found.get("contexts") or [])
    return [str(row["name"]) for row in rows]


def view(kubeconfig: Path) -> Mapping[str, Any]:
    """A kubeconfig as kubectl reads it, secrets left out."""
    import json

    text = process.output(
        [engines.path("kubectl"), "config", "view", f"--kubeconfig={kubeconfig}", "--output=json"]
    )
    return cast("Mapping[str, Any]", json.loads(text))
