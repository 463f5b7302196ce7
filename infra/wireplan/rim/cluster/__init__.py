"""The embedded Kubernetes of several nodes on one Linux machine, and the providers beside it."""

from wireplan.rim.cluster.bringup import up
from wireplan.rim.cluster.cluster import Cluster
from wireplan.rim.cluster.context import require_context
from wireplan.rim.cluster.state import Status, status
from wireplan.rim.cluster.teardown import down

__all__ = ["Cluster", "Status", "down", "require_context", "status", "up"]
