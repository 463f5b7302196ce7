"""Laid out by the real program: parts beside each other, labels in the open, clients at the left, the outside at the right."""

from itertools import combinations

import pytest
from wireplan.report.layout import HEIGHT, LABEL, Box, Layout, Line, dot, shown
from wireplan.report.letters import even
from wireplan.report.picture import picture
from wireplan.rim import pictures, process
from wireplan.rim.trouble import Trouble

from tests.topology.conftest import system, tube

Rectangle = tuple[float, float, float, float]
SHOP = {
    "edges": {"e": {"host": "e.example", "routes": [{"path": "/", "to": "front"}]}},
    "services": {
        "front": {"kind": "gateway", "calls": {"pay": {}}},
        "pay": {"serves": "x.v1.A", "externals": ["bank"], "publishes": ["paid"]},
        "mail": {"consumes": {"paid": {"group": "mail"}}},
    },
    "externals": {"bank": {"kind": "http", "protocol": "http2", "url": "https://bank.example"}},
    "topics": {"paid": {"pattern": "publish-subscribe", "message": "x.v1.Made", "key": "id"}},
    "kafka": {"brokers": 3},
}


def tube_laid_out() -> Layout:
    return pictures.laid_out(picture(tube("prod"), everything=True))


def around(box: Box) -> Rectangle:
    """The room that a part takes."""
    return (box.x - box.width / 2, box.y - HEIGHT / 2, box.x + box.width / 2, box.y + HEIGHT / 2)


def words(line: Line) -> Rectangle:
    """The room that a label takes."""
    (x, y), half = line.label, even(shown(line.arrow), LABEL) / 2
    return (x - half, y - LABEL / 2, x + half, y + LABEL / 2)


def meet(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_no_part_lies_on_another() -> None:
    boxes = tube_laid_out().boxes
    assert [pair for pair in combinations(boxes, 2) if meet(around(pair[0]), around(pair[1]))] == []


def test_no_label_lies_on_another_or_on_a_part() -> None:
    found = tube_laid_out()
    labels = [words(line) for line in found.lines]
    assert [pair for pair in combinations(labels, 2) if meet(*pair)] == []
    assert [label for label in labels for box in found.boxes if meet(label, around(box))] == []


def test_all_of_it_is_within_the_picture() -> None:
    found = tube_laid_out()
    for left, top, right, bottom in map(around, found.boxes):
        assert -1 <= left < right <= found.width + 1
        assert -1 <= top < bottom <= found.height + 1


def test_clients_come_in_at_the_left_and_what_is_not_ours_is_at_the_right() -> None:
    boxes = {str(box.node): box.x for box in pictures.laid_out(picture(system(**SHOP))).boxes}
    assert min(boxes, key=boxes.__getitem__) == "edges.e"
    assert boxes["externals.bank"] == max(boxes.values())
    assert boxes["services.front"] < boxes["services.pay"] < boxes["topics.paid"] < boxes["services.mail"]


def test_the_same_system_is_the_same_bytes() -> None:
    assert pictures.svg(picture(tube("prod"))) == pictures.svg(picture(tube("prod")))


def test_an_answer_that_is_none_is_trouble_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "output", lambda *_, **__: "{}")
    with pytest.raises(Trouble, match="did not lay the picture out"):
        pictures.laid_out(picture(tube("prod")))


def test_what_is_asked_is_the_same_for_the_same_system() -> None:
    assert dot(picture(tube("prod"))) == dot(picture(tube("prod")))
