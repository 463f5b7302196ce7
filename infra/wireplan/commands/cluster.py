"""`wireplan cluster`: a Kubernetes to run on."""

from typing import Annotated

import typer

NAME = typer.Option("--name", envvar="WIREPLAN_CLUSTER", help="The cluster's name.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(
        help="The embedded Kubernetes of this machine: bring it up, look at it, take it down.",
        no_args_is_help=True,
    )
    node = typer.Typer(
        help="Single nodes: stop one as a power cut would, and start it again.", no_args_is_help=True
    )
    group.command()(up)
    group.command()(down)
    group.command()(kubeconfig)
    node.command("stop")(node_stop)
    node.command("start")(node_start)
    group.add_typer(node, name="node")
    app.add_typer(group, name="cluster")


def up(name: Annotated[str, NAME] = "local") -> None:
    """Bring the cluster up. On a running one nothing changes."""
    from wireplan.rim import cluster, talk

    found = cluster.up(name)
    if talk.TIMES.steps:
        talk.say(talk.TIMES.table())
    typer.echo(f"export KUBECONFIG={found.kubeconfig}")


def down(
    name: Annotated[str, NAME] = "local",
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Delete volumes and all other data of the cluster too.")
    ] = False,
) -> None:
    """End the cluster. Its data is kept, unless --volumes."""
    from wireplan.rim import cluster

    cluster.down(name, volumes=volumes)


def kubeconfig(name: Annotated[str, NAME] = "local") -> None:
    """Print where the kubeconfig is."""
    from wireplan.rim.cluster.layout import Layout

    typer.echo(Layout(name).kubeconfig)


def node_stop(node: str, name: Annotated[str, NAME] = "local") -> None:
    """Stop NODE as a power cut would."""
    from wireplan.rim.cluster import nodes

    nodes.stop(name, node)


def node_start(node: str, name: Annotated[str, NAME] = "local") -> None:
    """Start NODE again and wait until it is ready."""
    from wireplan.rim.cluster import nodes

    nodes.start(name, node)
