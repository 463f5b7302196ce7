"""`wireplan schema`: the JSON Schema of topology files, for editors; and of findings, for programs."""

from pathlib import Path
from typing import Annotated, Any

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
    findings: Annotated[
        bool, typer.Option("--findings", help="Of what `wireplan validate --format json` writes.")
    ] = False,
) -> None:
    """Print the JSON Schema of topology files. Name it in the first line of yours, and your editor completes it:

    # yaml-language-server: $schema=FILE
    """
    import json

    from wireplan.rim import outputs
    from wireplan.rim.trouble import Trouble

    if overlay and findings:
        raise Trouble("--overlay and --findings are two schemas", fix="ask for one, then for the other")
    text = json.dumps(made(overlay=overlay, findings=findings), indent=2) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    outputs.tell(out, changed=outputs.write(out, text))


def made(*, overlay: bool, findings: bool) -> dict[str, Any]:
    """The schema that is asked for."""
    if findings:
        from wireplan.report import json_schema

        return json_schema.schema()
    from wireplan.model import schema as schemas

    return schemas.overlay() if overlay else schemas.topology()
