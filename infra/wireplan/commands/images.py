"""`wireplan images`: the container images of a system, made without a Docker engine."""

from pathlib import Path
from typing import Annotated

import typer

WORKSPACE = Path("services")


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(
        help="Container images: those of your services, and those of what they run on.",
        no_args_is_help=True,
    )
    group.command("build")(build)
    group.command("list")(show)
    group.command("sweep")(sweep)
    app.add_typer(group, name="images")


def build(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Services, `tools`, or system images (kafka, postgres, ...); all by default."),
    ] = None,
    workspace: Annotated[
        Path,
        typer.Option(help="The uv workspace of the services, as scaffold made it beside the topology file."),
    ] = WORKSPACE,
    stack: Annotated[str, typer.Option(help="The stack whose images.<stack>.json is written.")] = "local",
    push: Annotated[
        str,
        typer.Option(
            metavar="REGISTRY",
            help="Push the services' images to host[:port][/path]; the stack then names them there.",
        ),
    ] = "",
    insecure: Annotated[bool, typer.Option("--insecure", help="Push by plain HTTP.")] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Make the system images anew, from today's Debian packages.")
    ] = False,
    load: Annotated[
        str, typer.Option(metavar="ENGINE", help="`docker`: load all that was built into the Docker engine.")
    ] = "",
) -> None:
    """Build what is missing or changed, and write which images the stack uses."""
    from wireplan.rim.images import build as building
    from wireplan.rim.images import stack as stacks
    from wireplan.rim.images import workspace as workspaces
    from wireplan.rim.trouble import Trouble

    if load not in ("", "docker"):
        raise Trouble(f'images cannot be loaded into "{load}"', fix="--load docker")
    folder = workspace.resolve().parent
    system = folder.name
    layout = building.here()
    wanted = stacks.wanted(names or (), workspaces.names(workspace, system))
    if fresh:
        stacks.fresh(layout, wanted)
    needed = stacks.groups_beside(folder, stack)
    ground, own = stacks.built(layout, wanted, workspace, system, needed)
    if load:
        stacks.load(layout, [*ground, *own.values()])
    references = stacks.references(layout, own, push, insecure=insecure)
    for image in ground:
        typer.echo(image.name)
    for reference in references.values():
        typer.echo(reference)
    if references:
        typer.echo(f"written: {stacks.note(folder, stack, references)}", err=True)


def show() -> None:
    """List the images that the cluster's registry serves, with their sizes; layers that images share count in each."""
    from wireplan.rim.images import build as building

    layout = building.here()
    for name, held in layout.names().items():
        size = (
            sum(layer.size for layer in layout.layers(held.digest)) / 1e6
            if layout.whole(held.digest)
            else 0.0
        )
        typer.echo(f"{size:8.1f} MB  {held.digest[7:19]}  {name}")


def sweep(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest images of each service stay.")] = 3,
) -> None:
    """Delete images of services that newer ones have replaced, and layers that no image uses any more."""
    from wireplan.rim.images import build as building
    from wireplan.rim.images import sweeping

    freed = sweeping.sweep(building.here(), keep)
    typer.echo(f"{freed / 1e6:.1f} MB freed", err=True)
