"""Where the parts of a picture stand: what Graphviz is asked, in DOT, and what it answers, in JSON.

Nothing that a person wrote goes into the DOT: it holds numbers and sizes, so no name can mean anything there.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wireplan.report import letters
from wireplan.report.picture import Arrow, Picture
from wireplan.topology.graph import LinkKind, Node

HEIGHT = 46.0
NAME, CAPTION, LABEL = 13.0, 10.5, 10.0
"""Sizes of the letters of a part's name, of what it is, and at an arrow. Pixels."""
LONGEST_NAME, LONGEST_LABEL = 34, 26
INCH = 72.0

LARGE = 400
"""With more parts than this, no place is kept free for labels, and they stand on their lines: 1000 services take four seconds so, else
forty. Then, too, the search for the shortest lines has an end (`nslimit`); for most systems it is over long before."""

HEAVY = frozenset({LinkKind.ROUTE, LinkKind.CALL, LinkKind.PUBLISH, LinkKind.CONSUME})
"""Where work flows; these are kept short and straight, what keeps data gives way."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A part with its middle and its size, in pixels."""

    node: Node
    caption: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow as cubic curves: a first point, then three for each curve; its tip, and the middle of its label."""

    arrow: Arrow
    points: tuple[Point, ...]
    tip: Point
    label: Point


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture laid out: `width` and `height` hold all of it, y grows downwards."""

    picture: Picture
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


class LayoutError(ValueError):
    """The answer is not one to what was asked."""


def dot(picture: Picture) -> str:
    """The picture in DOT, from the left to the right: where clients come in first, what is not ours last."""
    ids, large = picture.numbered(), len(picture.nodes) > LARGE
    lines = [f"{ids[node]}[width={box_width(picture, node) / INCH:.3f}]" for node in picture.nodes]
    lines += [
        f"{ids[arrow.source]}->{ids[arrow.target]}[id={number},weight={weight(arrow)}{'' if large else space(arrow)}]"
        for number, arrow in enumerate(picture.arrows)
    ]
    for rank, nodes in (("source", entries(picture)), ("sink", externals(picture))):
        if nodes:
            lines.append(f"{{rank={rank};{';'.join(ids[node] for node in nodes)}}}")
    head = f"digraph{{rankdir=LR;nodesep=0.3;ranksep={'1;nslimit=10' if large else '0.32'}"
    return "\n".join(
        [
            head,
            f'node[shape=box,fixedsize=true,label="",height={HEIGHT / INCH:.3f}]',
            "edge[arrowsize=0.8]",
            *lines,
            "}",
            "",
        ]
    )


def weight(arrow: Arrow) -> int:
    """How short and straight an arrow is to be."""
    return 3 if arrow.kind in HEAVY else 1


def entries(picture: Picture) -> list[Node]:
    """Where work comes in: edges; in a system without any, what nothing else uses."""
    edges = [node for node in picture.nodes if node.noun == "edges"]
    used = {arrow.target for arrow in picture.arrows}
    return edges or [node for node in picture.nodes if node not in used]


def externals(picture: Picture) -> list[Node]:
    """What is not ours."""
    return [node for node in picture.nodes if node.noun == "externals"]


def box_width(picture: Picture, node: Node) -> float:
    """A part's width by its words; steps of eight pixels, so that columns look alike."""
    round_ends = 16 if node.noun == "topics" else 0
    name = letters.width(letters.shortened(node.name, LONGEST_NAME), NAME) + 30 + round_ends
    caption = letters.width(picture.captions.get(node, ""), CAPTION) + 26
    return max(112.0, 8 * math.ceil(max(name, caption) / 8))


def space(arrow: Arrow) -> str:
    """The attribute of an empty label of the right size, whose place Graphviz keeps free."""
    width = round(letters.even(shown(arrow), LABEL)) + 8
    size = f'FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="16"'
    return f',label=<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" {size}><TR><TD {size}></TD></TR></TABLE>>'


def shown(arrow: Arrow) -> str:
    """An arrow's label, no longer than fits."""
    return letters.shortened(arrow.label, LONGEST_LABEL)


def layout(picture: Picture, answer: str) -> Layout:
    """The picture laid out as Graphviz answered (`-Tjson0`).

    Raises:
        LayoutError: the answer is not one to what was asked.
    """
    try:
        found = json.loads(answer)
        _, _, width, height = numbers(found["bb"])
        answers = {each["name"]: each for each in found.get("objects", ()) if "pos" in each}
        boxes = tuple(
            placed(picture, node, answers[name], height) for node, name in picture.numbered().items()
        )
        edges: list[dict[str, Any]] = sorted(found.get("edges", ()), key=lambda each: int(each["id"]))
        lines = tuple(drawn(arrow, each, height) for arrow, each in zip(picture.arrows, edges, strict=True))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise LayoutError(f"Graphviz answered with another graph: {error}") from error
    return Layout(picture, width, height, boxes, lines)


def placed(picture: Picture, node: Node, answer: dict[str, Any], height: float) -> Box:
    """A part where it stands."""
    x, y = numbers(answer["pos"])
    return Box(node, picture.captions.get(node, ""), x, height - y, box_width(picture, node))


def drawn(arrow: Arrow, answer: dict[str, Any], height: float) -> Line:
    """An arrow as it goes; Graphviz's y grows upwards."""
    first, _, rest = answer["pos"].partition(" ")
    points = tuple(turned(rest, height))
    label = next(turned(answer["lp"], height)) if "lp" in answer else middle(points)
    return Line(arrow, points, next(turned(first.removeprefix("e,"), height)), label)


def middle(points: tuple[Point, ...]) -> Point:
    """A point half way along an arrow, by its curves."""
    curves = (len(points) - 1) // 3
    if curves % 2 == 0:
        return points[3 * (curves // 2)]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points[3 * (curves // 2) : 3 * (curves // 2) + 4]
    return ((x0 + 3 * x1 + 3 * x2 + x3) / 8, (y0 + 3 * y1 + 3 * y2 + y3) / 8)


def turned(text: str, height: float) -> Iterator[Point]:
    """Points out of `x,y x,y`, turned upside down."""
    found = numbers(text)
    yield from ((x, height - y) for x, y in zip(found[::2], found[1::2], strict=True))


def numbers(text: str) -> list[float]:
    """The numbers of a text."""
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", text)]
