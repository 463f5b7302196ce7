"""What Prometheus scrapes, and the labels that it adds: expressions tell services apart by them, whoever configures the scraping."""

from wireplan.monitoring.alert import Body
from wireplan.topology.types import Topology

EVERY = "15s"
"""As often as the services look at their pools and outboxes themselves."""

PORT = "ops"
PATH = "/metrics"
NAME = "app.kubernetes.io/name"
INSTANCE = "app.kubernetes.io/instance"


def meta(label: str) -> str:
    """A label of a pod, as Prometheus names it while it relabels."""
    return "__meta_kubernetes_pod_label_" + "".join(sign if sign.isalnum() else "_" for sign in label)


def config(topology: Topology) -> Body:
    """A file for `scrape_config_files`: pods of the system, by the port that serves metrics."""
    keep = {"action": "keep"}
    return {
        "scrape_configs": [
            {
                "job_name": topology.system,
                "scrape_interval": EVERY,
                "metrics_path": PATH,
                "kubernetes_sd_configs": [
                    {"role": "pod", "namespaces": {"names": [topology.environment.namespace]}}
                ],
                "relabel_configs": [
                    {**keep, "source_labels": [meta(INSTANCE)], "regex": topology.system},
                    {**keep, "source_labels": ["__meta_kubernetes_pod_container_port_name"], "regex": PORT},
                    {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
                    {"source_labels": [meta(NAME)], "target_label": "service"},
                    {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
                ],
            }
        ]
    }


def monitor(topology: Topology) -> Body:
    """The same as the spec of a PodMonitor; its operator adds namespace and pod by itself."""
    return {
        "selector": {"matchLabels": {INSTANCE: topology.system}},
        "podMetricsEndpoints": [
            {
                "port": PORT,
                "path": PATH,
                "interval": EVERY,
                "relabelings": [{"sourceLabels": [meta(NAME)], "targetLabel": "service"}],
            }
        ],
    }
