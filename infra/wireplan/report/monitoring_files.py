"""What watches a system, as files: dashboards by name, `alerts.yaml` for `rule_files`, `scrape.yaml` for `scrape_config_files`."""

from wireplan.monitoring import dashboards, grafana, rules, scrape
from wireplan.report import yaml_text
from wireplan.topology.types import Topology


def files(topology: Topology) -> dict[str, str]:
    """File names and their texts."""
    head = f"# Written by wireplan monitoring --env {topology.environment.name}; edit the topology instead.\n"
    made = {f"{name}.json": grafana.text(board) for name, board in dashboards.dashboards(topology).items()}
    made["alerts.yaml"] = head + yaml_text.document(rules.document(topology))
    made["scrape.yaml"] = head + yaml_text.document(scrape.config(topology))
    return made
