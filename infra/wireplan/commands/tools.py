"""`wireplan tools`: the outside programs that Wireplan works with."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(
        help="The outside programs: which there are, have them, and where they are.", no_args_is_help=True
    )
    group.command("list")(list_tools)
    group.command()(install)
    group.command()(path)
    group.command()(env)
    app.add_typer(group, name="tools")


def list_tools(
    output: Annotated[str, typer.Option("--format", help="text or json.", envvar="WIREPLAN_FORMAT")] = "text",
) -> None:
    """List every program: its version, what it is for, and where it is."""
    import json

    from wireplan.rim.engines import survey
    from wireplan.rim.trouble import Trouble

    if output not in {"text", "json"}:
        raise Trouble(f"there is no format {output!r}", fix="take text or json")
    rows = survey.survey()
    if output == "json":
        typer.echo(json.dumps({"version": 1, "tools": [row.document() for row in rows]}, indent=2))
        return
    typer.echo(survey.table(rows))


def install(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Programs; all of them where none is named.", show_default=False),
    ] = None,
    purpose: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            help="Only what this is for: build, create, cluster, images, checks, pictures. Can be given again.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Have programs: from PATH, by download, or built from source. Can be interrupted and run again."""
    from wireplan.rim import talk
    from wireplan.rim.engines import install as installing

    wanted = installing.chosen(names or [], purpose or [])
    for name in wanted:
        installing.path(name)
    if talk.TIMES.steps:
        talk.say(talk.TIMES.table())
    talk.say(f"{len(wanted)} programs are there")


def path(name: Annotated[str, typer.Argument(help="A program's name.")]) -> None:
    """Print where NAME is; it is had first if it is not there."""
    from wireplan.rim import engines

    typer.echo(engines.path(name))


def env() -> None:
    """Print what a shell needs to use Pulumi by hand: eval "$(wireplan tools env)"."""
    from wireplan.rim.engines import shell

    for line in shell.exports():
        typer.echo(line)
