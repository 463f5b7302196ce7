"""`wireplan schema`: the JSON Schema of topology files, for editors."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema")(schema)


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write it to this file; stdout without it.")
    ] = None,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Of overlays, where nothing must be there and null removes.")
    ] = False,
) -> None:
    """Print the JSON Schema of topology files. Name it in the first line of yours, and your editor completes it:

    # yaml-language-server: $schema=FILE
    """
    import json

    from wireplan.model import schema as schemas
    from wireplan.rim import files, talk

    text = json.dumps(schemas.overlay() if overlay else schemas.topology(), indent=2) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    talk.say(f"{out}: {'written' if files.write(out, text) else 'unchanged'}")
