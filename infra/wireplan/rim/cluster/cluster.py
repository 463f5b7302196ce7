"""A cluster to work with, whoever made it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cluster:
    """Its name, and how to reach it."""

    name: str
    kubeconfig: Path
    context: str
