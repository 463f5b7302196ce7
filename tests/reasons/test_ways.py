"""Ways: the shortest, those beside it, and what leads where there is none."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from wireplan.reasons import ways
from wireplan.topology.graph import Graph, Link, LinkKind, Node, graph

from tests.topology.conftest import tube

NODES = tuple(
    Node(noun, name)
    for noun, names in (("services", "abcdef"), ("topics", "tu"), ("edges", "e"))
    for name in names
)
KINDS = st.sampled_from([LinkKind.CALL, LinkKind.CONSUME])
LINKS = st.lists(
    st.builds(Link, KINDS, st.sampled_from(NODES), st.sampled_from(NODES), st.just(())), max_size=14
)
ENDS = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda ends: ends[0] != ends[1])


@given(LINKS, ENDS)
def test_there_is_a_way_exactly_where_the_end_is_reached_and_the_start_leads_there(
    links: list[Link], ends: tuple[Node, Node]
) -> None:
    drawn, (start, end) = Graph(NODES, tuple(links)), ends
    way = ways.shortest(drawn, start, end)
    assert (way is not None) == (end in drawn.reached(start)) == (start in ways.leading(drawn, end))
    if way:
        passed = ways.passed(way, start)
        assert (passed[0], passed[-1]) == (start, end)
        assert len(set(passed)) == len(passed), "a shortest way comes to no part twice"
        assert [(source, target) for _, source, target in ways.hops(way, start)] == list(
            itertools.pairwise(passed)
        )


@given(LINKS, ENDS)
def test_no_other_way_is_shorter_and_each_lacks_a_link_of_the_first(
    links: list[Link], ends: tuple[Node, Node]
) -> None:
    drawn, (start, end) = Graph(NODES, tuple(links)), ends
    way = ways.shortest(drawn, start, end) or ()
    for other in ways.others(drawn, start, end, way):
        assert len(other) >= len(way)
        assert set(way) - set(other)


def test_a_purge_leads_to_its_edge_and_takes_none_of_its_routes() -> None:
    drawn = graph(tube())
    upload, cdn, media = Node("services", "upload"), Node("edges", "cdn"), Node("services", "media")
    way = ways.shortest(drawn, upload, cdn)
    assert way is not None
    assert [link.kind for link in way] == [LinkKind.PUBLISH, LinkKind.CONSUME, LinkKind.PURGE]
    assert ways.shortest(drawn, upload, media) is None
    assert ways.shortest(drawn, cdn, media) is not None
    assert media not in drawn.reached(upload)
    assert cdn in drawn.reached(upload)


def test_a_record_leads_on_to_whom_consumes_it() -> None:
    drawn = graph(tube())
    upload, facts = Node("services", "upload"), Node("services", "statistics")
    way = ways.shortest(drawn, upload, facts)
    assert way is not None
    assert [str(each) for each in ways.passed(way, upload)] == [
        "services.upload",
        "topics.video.uploaded",
        "services.processing",
        "topics.video.processed",
        "services.statistics",
    ]
