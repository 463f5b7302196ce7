"""`wireplan init`: a small system that validates, renders and comes up, to begin with."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(
    name: Annotated[str, typer.Argument(help="The system's name.")],
    folder: Annotated[
        Path | None, typer.Option("--folder", "-C", help="The folder to write; NAME here without it.")
    ] = None,
) -> None:
    """Write a small system: two services, a topic, a database, contracts, and a stack that brings it up."""
    from wireplan.rim import beginning, talk

    target = folder or Path(name)
    for path in beginning.begin(name, target):
        talk.say(f"  {target / path}")
    talk.say(f"{name} is ready. Next: cd {target} && wireplan validate && wireplan up")
