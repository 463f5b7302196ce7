"""`wireplan monitoring`: dashboards, alerts and what to scrape, as files for a Prometheus and a Grafana of your own."""

from pathlib import Path
from typing import Annotated

import typer

from wireplan.commands import options


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("monitoring")(monitoring)


def monitoring(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write into.")],
    path: options.TopologyPath = Path(),
    env: options.Environment = None,
) -> None:
    """Write Grafana dashboards (one a service, one of the system), Prometheus alerts, and what Prometheus has to scrape.

    The alerts are checked by `promtool check rules`; in a cluster with the operator, `prometheus: operator` makes them there.
    """
    from wireplan.report import monitoring_files
    from wireplan.rim import rendering, sources

    file = sources.topology_file(path)
    topology = sources.topology(file, sources.chosen(file, env))
    rendering.tell(out, rendering.write(out, monitoring_files.files(topology), rendering.MONITORING))
