"""`wireplan prove`: what follows from a topology by arithmetic, whether or not a rule has anything to say about it."""

from pathlib import Path
from typing import Annotated

import typer

from wireplan.commands import options


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("prove")(prove)


def prove(
    path: options.TopologyPath = Path(),
    env: options.Environment = None,
    of: Annotated[
        str | None,
        typer.Option("--of", help="Only what is of one service, group, topic, database, bucket or edge."),
    ] = None,
    form: options.Form = "text",
    color: options.Color = "auto",
) -> None:
    """Show which groups keep up and when they have caught up, and by which copies acknowledged writes survive."""
    import sys

    from wireplan.report import proofs as texts
    from wireplan.report import proofs_json
    from wireplan.rim import meaning, sources, terminal
    from wireplan.topology import proofs

    file = sources.topology_file(path)
    found = proofs.proofs(sources.topology(file, sources.chosen(file, env)))
    if of is not None:
        part = meaning.part(of, proofs.proved(found), "with a proof")
        found = proofs.only(found, part, part.within(of))
    if form == "json":
        typer.echo(proofs_json.render(found), nl=False)
    else:
        typer.echo(texts.text(found, terminal.screen(sys.stdout, color)), nl=False)
