"""`wireplan schema`: the JSON Schema of topology files, for editors; and of findings, proofs and reasons, for programs."""

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
    proofs: Annotated[
        bool, typer.Option("--proofs", help="Of what `wireplan prove --format json` writes.")
    ] = False,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Of what `wireplan why --format json` writes.")
    ] = False,
) -> None:
    """Print the JSON Schema of topology files. Name it in the first line of yours, and your editor completes it:

    # yaml-language-server: $schema=FILE
    """
    import json

    from wireplan.rim import outputs
    from wireplan.rim.trouble import Trouble

    words = (("overlay", overlay), ("findings", findings), ("proofs", proofs), ("reasons", reasons))
    asked = [name for name, on in words if on]
    if len(asked) > 1:
        said = " and ".join(f"--{name}" for name in asked)
        raise Trouble(f"{said} are {len(asked)} schemas", fix="ask for one, then for the other")
    text = json.dumps(made("".join(asked)), indent=2) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    outputs.tell(out, changed=outputs.write(out, text))


def made(asked: str) -> dict[str, Any]:
    """The schema that is asked for; of topology files where none is named."""
    if asked == "findings":
        from wireplan.report import json_schema

        return json_schema.schema()
    if asked == "proofs":
        from wireplan.report import proofs_schema

        return proofs_schema.schema()
    if asked == "reasons":
        from wireplan.report import reasons_schema

        return reasons_schema.schema()
    from wireplan.model import schema as schemas

    return schemas.overlay() if asked == "overlay" else schemas.topology()
