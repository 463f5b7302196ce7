"""Options that several commands have, each with its environment variable and one wording."""

from pathlib import Path
from typing import Annotated, Literal

import typer

TopologyPath = Annotated[
    Path,
    typer.Argument(help="The topology file, or the folder of a topology.yaml.", envvar="WIREPLAN_TOPOLOGY"),
]
Environments = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        "-e",
        help="An environment (its overlay's name); all of them without it.",
        envvar="WIREPLAN_ENV",
    ),
]
Environment = Annotated[
    str | None,
    typer.Option("--env", "-e", help="The environment; local where there is one.", envvar="WIREPLAN_ENV"),
]
Stack = Annotated[
    str,
    typer.Option(
        "--stack", "-s", "--env", "-e", help="The stack: an environment's name.", envvar="WIREPLAN_STACK"
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format", "-f", help="FORMAT to stdout, or FORMAT=FILE. Repeatable.", envvar="WIREPLAN_FORMAT"
    ),
]
Form = Annotated[Literal["text", "json"], typer.Option("--format", "-f", envvar="WIREPLAN_FORMAT")]
FailOn = Annotated[
    Literal["error", "warning", "note"],
    typer.Option(
        "--fail-on", help="The mildest finding that makes the exit code 1.", envvar="WIREPLAN_FAIL_ON"
    ),
]
Color = Annotated[
    Literal["auto", "always", "never"],
    typer.Option("--color", help="Colours in text on stdout.", envvar="WIREPLAN_COLOR"),
]
