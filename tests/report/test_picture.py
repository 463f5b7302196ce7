"""The formats of a picture: no name of a part means anything to them."""

import json

from hypothesis import given
from hypothesis import strategies as st
from wireplan.report import d2, graph_json, mermaid
from wireplan.report.picture import Arrow, Picture
from wireplan.topology.graph import LinkKind, Node

names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12)
nodes = st.lists(
    st.builds(Node, st.sampled_from(list(mermaid.SHAPES)), names), min_size=1, max_size=5, unique=True
)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Any nodes, and arrows between them."""
    drawn = draw(nodes)
    ends = st.sampled_from(drawn)
    arrows = st.builds(Arrow, ends, ends, st.sampled_from(LinkKind), names, st.booleans())
    return Picture("shop", "prod", tuple(drawn), tuple(draw(st.lists(arrows, max_size=5))))


@given(pictures())
def test_a_line_a_node_and_a_line_an_arrow(picture: Picture) -> None:
    for text in (mermaid.render(picture), d2.render(picture)):
        assert len(text.split("\n")) == 1 + len(picture.nodes) + len(picture.arrows) + 1


@given(pictures())
def test_no_name_ends_its_quotes(picture: Picture) -> None:
    for line in mermaid.render(picture).split("\n")[1:]:
        assert line.count('"') in {0, 2}


@given(pictures())
def test_the_document_names_every_end(picture: Picture) -> None:
    found = json.loads(graph_json.render(picture))
    ids = {each["id"] for each in found["nodes"]}
    assert all({each["from"], each["to"]} <= ids for each in found["links"])


def test_every_noun_has_a_shape_in_each_format() -> None:
    assert mermaid.SHAPES.keys() == d2.SHAPES.keys()
