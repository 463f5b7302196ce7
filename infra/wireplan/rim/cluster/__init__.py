"""The embedded Kubernetes of several nodes on one Linux machine, and the providers beside it."""

from wireplan.rim.cluster.bringup import Cluster, up
from wireplan.rim.cluster.teardown import down

__all__ = ["Cluster", "down", "up"]
