"""Pictures with any names in them, and where their parts might stand, for the tests of what draws them."""

from hypothesis import strategies as st
from wireplan.report.layout import Box, Layout, Line
from wireplan.report.picture import Arrow, Picture
from wireplan.report.shapes import OUTLINES
from wireplan.topology.graph import LinkKind, Node

WORDS = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["</script>", "<b>&", '"x"', "${a}", "]]>", "\u2028", "<!--"]
)
NODES = st.lists(st.builds(Node, st.sampled_from(list(OUTLINES)), WORDS), min_size=1, max_size=5, unique=True)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Any nodes, and arrows between them."""
    drawn = draw(NODES)
    ends = st.sampled_from(drawn)
    arrows = st.builds(Arrow, ends, ends, st.sampled_from(LinkKind), WORDS, st.booleans())
    captions = {node: draw(WORDS) for node in drawn}
    return Picture(draw(WORDS), "prod", tuple(drawn), tuple(draw(st.lists(arrows, max_size=5))), captions)


def laid(picture: Picture) -> Layout:
    """The picture with its parts in a row."""
    boxes = tuple(
        Box(node, picture.captions.get(node, ""), 200.0 * index, 50, 120)
        for index, node in enumerate(picture.nodes)
    )
    line = ((0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0))
    lines = tuple(Line(arrow, line, (4.0, 4.0), (2.0, 2.0)) for arrow in picture.arrows)
    return Layout(picture, 200.0 * len(boxes), 100, boxes, lines)
