"""The topology as a graph: who uses what, and where work goes from a node."""

import pytest
from wireplan.topology.graph import LinkKind, Node, graph

from tests.topology.conftest import tube


def test_every_use_is_a_link_with_the_place_where_it_is_written() -> None:
    topology = tube()
    found = graph(topology)
    links = {f"{link.source} {link.kind.value} {link.target}" for link in found.links}
    assert {
        "edges.public route services.gateway",
        "edges.public route buckets.originals",
        "services.gateway call services.auth",
        "services.gateway cache caches.fast",
        "services.upload publish topics.video.uploaded",
        "services.processing consume topics.video.uploaded",
        "services.processing database databases.main",
        "services.media bucket buckets.renditions",
        "edges.public upload buckets.originals",
        "services.processing purge edges.cdn",
    } <= links
    for link in found.links:
        assert topology.place(*link.path).line > 1


@pytest.mark.row("P8")
def test_a_film_goes_from_upload_by_kafka_to_whom_counts_it() -> None:
    found = graph(tube())
    reached = [str(node) for node in found.reached(Node("services", "upload"))]
    assert (
        reached.index("topics.video.uploaded")
        < reached.index("services.processing")
        < reached.index("services.statistics")
    )
    assert "services.gateway" not in reached


def test_waiting_is_told_from_not_waiting() -> None:
    kinds = {link.kind for link in graph(tube()).links if not link.synchronous}
    assert kinds == {LinkKind.PUBLISH, LinkKind.CONSUME, LinkKind.BACKUP}


def test_links_are_found_by_both_ends() -> None:
    found = graph(tube())
    auth = Node("services", "auth")
    assert [str(link.source) for link in found.into[auth]] == ["services.gateway", "services.upload"]
    assert [str(link.target) for link in found.out[auth]] == ["externals.id", "databases.main"]
