"""Kubeconfigs as JSON, which is YAML too: one user, one cluster, one context."""

import base64
import json
from pathlib import Path


def text(server: str, context: str, certificates: Path, user: str) -> str:
    """A kubeconfig that carries its certificates, so that it can be copied elsewhere as one file."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": context,
                "cluster": {"server": server, "certificate-authority-data": encoded(certificates / "ca.crt")},
            }
        ],
        "users": [
            {
                "name": f"{context}-{user}",
                "user": {
                    "client-certificate-data": encoded(certificates / f"{user}.crt"),
                    "client-key-data": encoded(certificates / f"{user}.key"),
                },
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": context, "user": f"{context}-{user}"}}],
        "current-context": context,
    }
    return json.dumps(document, indent=2) + "\n"


def encoded(path: Path) -> str:
    """A file as base64."""
    return base64.b64encode(path.read_bytes()).decode()
