"""`wireplan graph`: the system as a picture, for documents and other programs, and as a page that a person opens."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireplan.report.picture import Picture
    from wireplan.rim.sources import Sources

FORMATS = ("mermaid", "d2", "json", "svg", "html")
MODULES = {"json": "graph_json"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("graph")(graph)


def graph(
    path: options.TopologyPath = Path(),
    env: options.Environment = None,
    formats: options.Formats = None,
    html: Annotated[
        str | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="A page to open in a browser; - for stdout. The same as --format html=FILE.",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also retry and dead-letter topics.")] = False,
) -> None:
    """Draw the system: its parts, and who asks, tells and keeps what.

    Formats: mermaid, d2, json; svg, laid out and ready to show; html, a page with zoom, search, values, findings, and what a failure would do.
    """
    from wireplan.report.picture import picture
    from wireplan.rim import outputs, sources

    wanted = outputs.outputs(words(formats or (), html), FORMATS)
    file = sources.topology_file(path)
    environment = sources.chosen(file, env)
    found = sources.sources(file, environment)
    drawn = picture(found.sound(), everything=everything)
    outputs.deliver([(each, rendered(each.format, found, drawn, file, environment)) for each in wanted])


def words(formats: "Sequence[str]", html: str | None) -> tuple[str, ...]:
    """What is wanted, `--html` in the words of `--format`."""
    if html is None:
        return tuple(formats)
    return (*formats, "html" if html == "-" else f"html={html}")


def rendered(form: str, found: "Sources", drawn: "Picture", file: Path, environment: str | None) -> str:
    """The picture in one format."""
    import importlib

    if form in {"svg", "html"}:
        from wireplan.rim import pictures

        return pictures.svg(drawn) if form == "svg" else pictures.page(found, drawn, file, environment)
    text: str = importlib.import_module(f"wireplan.report.{MODULES.get(form, form)}").render(drawn)
    return text
