"""Start what died of a running cluster, and nothing else. Run as `python -m wireplan.rim.cluster.mend --name NAME` by the agent.

A process of its own: starting programs in namespaces and groups is no work for one that has threads.
"""

import argparse
import json

from wireplan.rim import files
from wireplan.rim.cluster import control, expectations, leftovers, nodes, processes
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.cluster.locks import changing
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble


def dead(layout: Layout) -> list[str]:
    """The processes that should run and do not; the agent itself asks, so it is not among them."""
    known = processes.recorded(layout.records)
    names = [name for name in expectations.names(layout) if name != "agent"]
    return [name for name in names if name in known and not processes.alive(known[name])]


def mend(layout: Layout) -> list[str]:
    """Start the dead ones; return their names."""
    from wireplan.rim.cluster import bringup

    with changing(layout, seconds=0):
        lost = dead(layout)
        if not lost or not leftovers.running(layout):
            return []
        control.start_missing(layout, [*control.plane(layout), bringup.registry(layout)])
        for node in layout.nodes:
            if not nodes.stopped(node):
                nodes.bring(layout, node)
    count(layout, lost)
    return lost


def count(layout: Layout, lost: list[str]) -> None:
    """Remember how often each was started again, for `cluster status`."""
    path = layout.run / "restarts.json"
    so_far: dict[str, int] = json.loads(path.read_text()) if path.is_file() else {}
    files.write(
        path, json.dumps({**so_far, **{name: so_far.get(name, 0) + 1 for name in lost}}, sort_keys=True)
    )


def main() -> None:
    """Mend one cluster. Whoever holds its lock is changing it on purpose, and is left alone."""
    parser = argparse.ArgumentParser(prog="wireplan.rim.cluster.mend", description=__doc__)
    parser.add_argument("--name", required=True)
    layout = Layout(parser.parse_args().name)
    try:
        lost = mend(layout)
    except Trouble as trouble:
        say(f"not mended: {trouble.what}. {trouble.why}")
        return
    if lost:
        say(f"started again: {', '.join(lost)}")


if __name__ == "__main__":
    main()
