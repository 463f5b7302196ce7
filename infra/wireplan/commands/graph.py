"""`wireplan graph`: the system as a picture, for documents and other programs."""

from pathlib import Path
from typing import Annotated

import typer

from wireplan.commands import options

FORMATS = ("mermaid", "d2", "json")
MODULES = {"json": "graph_json"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("graph")(graph)


def graph(
    path: options.TopologyPath = Path(),
    env: Annotated[
        str | None,
        typer.Option("--env", "-e", help="The environment; local where there is one.", envvar="WIREPLAN_ENV"),
    ] = None,
    formats: options.Formats = None,
    everything: Annotated[bool, typer.Option("--all", help="Also retry and dead-letter topics.")] = False,
) -> None:
    """Draw the system: its parts, and who asks, tells and keeps what. Formats: mermaid, d2, json."""
    import importlib

    from wireplan.report.picture import picture
    from wireplan.rim import outputs, sources

    wanted = outputs.outputs(formats or (), FORMATS)
    file = options.topology_file(path)
    drawn = picture(sources.topology(file, sources.chosen(file, env)), everything=everything)
    outputs.deliver(
        (
            each,
            importlib.import_module(f"wireplan.report.{MODULES.get(each.format, each.format)}").render(drawn),
        )
        for each in wanted
    )
