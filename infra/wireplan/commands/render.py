"""`wireplan render`: the objects as YAML, for GitOps and for reading. Needs no cluster and no kubeconfig."""

import sys
from pathlib import Path
from typing import Annotated

import typer

SHOWN = 8  # services without an image that are named


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(render)


def render(
    path: Annotated[
        Path, typer.Argument(help="The topology file, or the folder that holds topology.yaml.")
    ] = Path(),
    env: Annotated[
        str, typer.Option("--env", envvar="WIREPLAN_ENV", help="The environment: the overlay of that name.")
    ] = "local",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write a file a component into this folder; stdout without it."),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(
            "--images",
            help="Image references by service, as JSON; images.ENV.json beside the topology without it.",
        ),
    ] = None,
) -> None:
    """Write the Kubernetes objects of a system as YAML: the very same that `up` creates. Secrets come without values."""
    from wireplan.manifests.objects import each
    from wireplan.report import manifest_files
    from wireplan.rim import checked, rendering, sources, talk

    with sources.uncollected():
        topology = checked.topology(path, env)
        known = checked.images(path, env, images)
        files = manifest_files.files(each(topology, known), env)
    missing = [name for name in topology.services if name not in known]
    if missing:
        named = ", ".join(missing[:SHOWN]) + (
            f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        )
        talk.say(
            f"no image is known for {named}: `wireplan images build`, in the folder of the topology, makes them; rendered as :unbuilt"
        )
    if out is None:
        sys.stdout.writelines(files.values())
        return
    rendering.tell(out, rendering.write(out, files))
