"""`wireplan cluster`: a Kubernetes to run on."""

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str, typer.Option("--name", envvar="WIREPLAN_CLUSTER", help="The cluster's name.")]
Provider = Annotated[
    str, typer.Option("--provider", envvar="WIREPLAN_PROVIDER", help="embedded, existing, kind or k3d.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(
        help="A Kubernetes of several nodes on this machine: bring it up, look at it, take it down.",
        no_args_is_help=True,
    )
    node = typer.Typer(
        help="Single nodes: stop one as a power cut would, and start it again.", no_args_is_help=True
    )
    group.command()(up)
    group.command()(down)
    group.command()(status)
    group.command()(kubeconfig)
    node.command("stop")(node_stop)
    node.command("start")(node_start)
    group.add_typer(node, name="node")
    app.add_typer(group, name="cluster")


def up(
    name: Name = "local",
    provider: Provider = "embedded",
    context: Annotated[
        str, typer.Option("--context", help="Which cluster of the kubeconfig, for --provider existing.")
    ] = "",
    config: Annotated[
        Path | None, typer.Option("--kubeconfig", help="Its kubeconfig, for --provider existing.")
    ] = None,
) -> None:
    """Bring the cluster up. On a running one nothing changes; one that broke is mended."""
    from wireplan.rim import cluster, talk
    from wireplan.rim.cluster import providers

    match chosen(provider):
        case "embedded":
            found = cluster.up(name)
        case "existing":
            found = providers.existing(config, context)
        case other:
            found = providers.made(providers.Provider(other), name)
    if talk.TIMES.steps:
        talk.say(talk.TIMES.table())
    typer.echo(f"export KUBECONFIG={found.kubeconfig}")


def chosen(provider: str) -> str:
    """The provider, if there is one of that name."""
    from wireplan.rim.cluster.providers import Provider
    from wireplan.rim.trouble import Trouble

    known = [one.value for one in Provider]
    if provider not in known:
        raise Trouble(f"there is no provider {provider!r}", fix=f"take one of {', '.join(known)}")
    return provider


def down(
    name: Name = "local",
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Delete volumes and all other data of the cluster too.")
    ] = False,
    provider: Provider = "embedded",
) -> None:
    """End the cluster. Its data is kept, unless --volumes."""
    from wireplan.rim import cluster
    from wireplan.rim.cluster import providers
    from wireplan.rim.trouble import Trouble

    match chosen(provider):
        case "embedded":
            cluster.down(name, volumes=volumes)
        case "existing":
            raise Trouble("an existing cluster is not ours to end")
        case other if not volumes:
            raise Trouble(
                f"a cluster of {other} cannot be ended without its data", fix="say --volumes if that is meant"
            )
        case other:
            providers.ended(providers.Provider(other), name)


def status(
    name: Name = "local",
    output: Annotated[str, typer.Option("--format", help="text or json.", envvar="WIREPLAN_FORMAT")] = "text",
) -> None:
    """Say what runs and what does not. Exit code 1 where something that should run does not."""
    import json

    from wireplan.commands import outcome
    from wireplan.rim.cluster import state
    from wireplan.rim.trouble import Trouble

    if output not in {"text", "json"}:
        raise Trouble(f"there is no format {output!r}", fix="take text or json")
    found = state.status(name)
    typer.echo(json.dumps(found.document(), indent=2) if output == "json" else state.text(found))
    if found.state == "degraded":
        raise typer.Exit(outcome.FINDINGS)


def kubeconfig(name: Name = "local") -> None:
    """Print where the kubeconfig is."""
    from wireplan.rim.cluster.layout import Layout
    from wireplan.rim.trouble import Trouble

    where = Layout(name).kubeconfig
    if not where.is_file():
        raise Trouble(f"the cluster {name} has no kubeconfig yet", fix="run `wireplan cluster up`")
    typer.echo(where)


def node_stop(
    node: Annotated[str, typer.Argument(help="The node: node-1, node-2 or node-3.")], name: Name = "local"
) -> None:
    """Stop NODE as a power cut would. `cluster up` leaves it stopped."""
    from wireplan.rim.cluster import nodes

    nodes.stop(name, node)


def node_start(
    node: Annotated[str, typer.Argument(help="The node: node-1, node-2 or node-3.")], name: Name = "local"
) -> None:
    """Start NODE again and wait until it is ready."""
    from wireplan.rim.cluster import nodes

    nodes.start(name, node)
