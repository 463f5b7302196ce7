"""`wireplan up`: bring a system up and print where to look."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options

if TYPE_CHECKING:
    from wireplan.rim.bringup import Running


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up(
    path: options.TopologyPath = Path(),
    stack: options.Stack = "local",
    adopt: Annotated[
        bool,
        typer.Option(
            "--adopt", help="Take over objects that are in the cluster already and belong to no other stack."
        ),
    ] = False,
    build: Annotated[
        bool, typer.Option("--build/--no-build", help="Build images that are missing or changed.")
    ] = True,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", min=10, help="Seconds for one object to get ready.", envvar="WIREPLAN_TIMEOUT"
        ),
    ] = 600.0,
    form: Annotated[
        str, typer.Option("--format", "-f", help="text or json.", envvar="WIREPLAN_FORMAT")
    ] = "text",
) -> None:
    """Bring a system up: check, build images, start the cluster if it is ours, create what is missing, wait until it is ready."""
    from wireplan.rim import bringup, talk
    from wireplan.rim.trouble import Trouble

    if form not in ("text", "json"):
        raise Trouble(f"--format is text or json, not {form}")
    found = bringup.up(path, stack, bringup.Wishes(adopt, build, timeout))
    talk.say(talk.TIMES.table())
    typer.echo(bringup.as_json(found) if form == "json" else text(found), nl=False)


def text(found: "Running") -> str:
    """Where to point a browser, and an example of two lines."""
    from wireplan.rim.engines import shell

    lines = [f"{found.topology.system} is up."]
    lines += [f"  {name:8} {url}" for name, url in found.urls.items()]
    edge = next((e for e in found.topology.edges.values() if e.kind == "load-balancer"), None)
    if edge and found.authority:
        lines += ["Try:", f"  curl --cacert {found.authority} {edge.base_url}/openapi.json"]
        if found.example:
            lines.append(f"  {shell.called('uv')} run --script {found.example} --authority {found.authority}")
    return "\n".join(lines) + "\n"
