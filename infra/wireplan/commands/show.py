"""`wireplan show`: a part of a topology with every value and where it comes from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options

if TYPE_CHECKING:
    from wireplan.topology.types import Path as PathInTopology
    from wireplan.topology.types import Topology


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show")(show)


def show(
    node: Annotated[
        str | None, typer.Argument(help="upload, services.upload.calls, kafka, ...; none lists the parts.")
    ] = None,
    path: options.TopologyPath = Path(),
    env: options.Environment = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is not there because nobody wrote it.")
    ] = False,
    form: options.Form = "text",
    color: options.Color = "auto",
) -> None:
    """Show a part of the system: each value by its key in the file, and whether it was written, is a default, or follows from what."""
    import sys

    from wireplan.report import shown
    from wireplan.rim import sources, terminal
    from wireplan.topology import describe

    file = sources.topology_file(path)
    topology = sources.topology(file, sources.chosen(file, env))
    if node is None:
        typer.echo("\n".join(describe.nodes(topology)))
        return
    where = located(topology, node)
    values = list(describe.described(topology, where))
    if not everything and len(values) > 1:
        values = [value for value in values if not describe.absent(value)]
    if form == "json":
        typer.echo(shown.data(where, topology.environment.name, values), nl=False)
    else:
        typer.echo(
            shown.text(where, topology.environment.name, values, terminal.screen(sys.stdout, color)), nl=False
        )


def located(topology: "Topology", node: str) -> "PathInTopology":
    """The path of what was asked for.

    Raises:
        Trouble: nothing, or more than one part, is called so.
    """
    from wireplan.rim import meaning
    from wireplan.topology import describe, parts

    try:
        return describe.located(topology, node)
    except parts.UnknownPartError as error:
        raise meaning.unknown(error) from error
