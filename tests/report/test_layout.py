"""What Graphviz is asked, and how its answer is read."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from wireplan.report.layout import LARGE, LayoutError, dot, layout, middle
from wireplan.report.picture import Arrow, Picture
from wireplan.topology.graph import LinkKind, Node

from tests.report.pictures import pictures

A, B = Node("services", "a"), Node("services", "b")
PAIR = Picture("shop", "prod", (A, B), (Arrow(A, B, LinkKind.CALL, "1s", dashed=False),))

KEYWORDS = """digraph rankdir LR nodesep ranksep nslimit node shape box fixedsize true label height edge arrowsize width id weight rank source sink
TABLE BORDER CELLBORDER CELLPADDING CELLSPACING FIXEDSIZE TRUE WIDTH HEIGHT TR TD"""


def answer(**changes: Any) -> str:
    """What Graphviz says of the pair."""
    edge = {"id": "0", "pos": "e,90,10 30,10 40,10 50,10 80,10", "lp": "60,20"}
    objects = [{"name": "n0", "pos": "15,10"}, {"name": "n1", "pos": "105,10"}, {"name": "%1"}]
    return json.dumps({"bb": "0,0,120,40", "objects": objects, "edges": [edge], **changes})


@given(pictures())
def test_nothing_that_a_person_wrote_is_asked(picture: Picture) -> None:
    allowed = r'[\w\[\]{}=;,.>"<\n /-]*'
    text = dot(picture)
    assert re.fullmatch(allowed, text)
    assert set(re.findall(r"[A-Za-z]{2,}", text)) <= set(KEYWORDS.split())


def test_parts_and_lines_stand_as_answered_with_y_growing_downwards() -> None:
    found = layout(PAIR, answer())
    assert [(box.node, box.x, box.y) for box in found.boxes] == [(A, 15, 30), (B, 105, 30)]
    (line,) = found.lines
    assert line.points == ((30, 30), (40, 30), (50, 30), (80, 30))
    assert (line.tip, line.label) == ((90, 30), (60, 20))


def test_arrows_are_known_again_in_any_order() -> None:
    """Graphviz answers by source, not in the order of the question."""
    both = Picture("shop", "prod", (A, B), (*PAIR.arrows, Arrow(B, A, LinkKind.CALL, "2s", dashed=False)))
    there = {"id": "0", "pos": "e,90,10 30,10 40,10 50,10 80,10"}
    back = {"id": "1", "pos": "e,30,10 90,10 80,10 60,10 40,10"}
    found = layout(both, answer(edges=[back, there]))
    assert [(line.arrow.label, line.points[0]) for line in found.lines] == [
        ("1s", (30, 30)),
        ("2s", (90, 30)),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"bb": "none"},
        {"edges": []},
        {"objects": []},
        {"edges": [{"id": "0"}]},
        {"objects": [{"name": "x", "pos": "1,1"}]},
    ],
)
def test_an_answer_to_something_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(LayoutError):
        layout(PAIR, answer(**changes))


def test_no_json_is_no_answer() -> None:
    with pytest.raises(LayoutError):
        layout(PAIR, "Error: syntax error in line 1")


def test_a_label_without_a_place_of_its_own_stands_half_way() -> None:
    """Of a large picture, for which no place was kept free."""
    straight = tuple((10.0 * step, 0.0) for step in range(4))
    assert middle(straight) == (15, 0)
    assert middle((*straight, (40.0, 0.0), (50.0, 0.0), (60.0, 0.0))) == (30, 0)
    edge = {"id": "0", "pos": "e,90,10 30,10 40,10 50,10 60,10"}
    assert layout(PAIR, answer(edges=[edge])).lines[0].label == (45, 30)


def test_a_large_picture_keeps_no_place_for_labels() -> None:
    nodes = tuple(Node("services", f"s{number}") for number in range(LARGE + 1))
    arrows = (Arrow(nodes[0], nodes[1], LinkKind.CALL, "1s", dashed=False),)
    assert "TABLE" in dot(Picture("shop", "prod", nodes[:LARGE], arrows))
    assert "TABLE" not in dot(Picture("shop", "prod", nodes, arrows))
