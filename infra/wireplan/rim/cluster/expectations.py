"""Which processes a cluster should have."""

from wireplan.rim.cluster import control, nodes
from wireplan.rim.cluster.layout import Layout


def names(layout: Layout) -> list[str]:
    """The names of all processes that should run; those of a node that was stopped on purpose should not."""
    own = [*control.PLANE, "registry", "agent"]
    return own + [
        f"{node.name}-{part}" for node in layout.nodes if not nodes.stopped(node) for part in control.NODE
    ]
