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
"""From so many parts on, Graphviz looks for the best order only so long: 1000 services take seconds then, not minutes."""
HURRIED = "nslimit=1;nslimit1=1;mclimit=0.2;"

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
    ids = picture.numbered()
    lines = [f"{ids[node]}[width={box_width(picture, node) / INCH:.3f}]" for node in picture.nodes]
    lines += [
        f"{ids[arrow.source]}->{ids[arrow.target]}[id={number},weight={weight(arrow)},label={space(arrow)}]"
        for number, arrow in enumerate(picture.arrows)
    ]
    for rank, nodes in (("source", entries(picture)), ("sink", externals(picture))):
        if nodes:
            lines.append(f"{{rank={rank};{';'.join(ids[node] for node in nodes)}}}")
    hurried = HURRIED if len(picture.nodes) > LARGE else ""
    head = f"digraph{{rankdir=LR;nodesep=0.28;ranksep=0.45;{hurried}"
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
    name = letters.width(letters.shortened(node.name, LONGEST_NAME), NAME) + 30
    caption = letters.width(picture.captions.get(node, ""), CAPTION) + 26
    return max(112.0, 8 * math.ceil(max(name, caption) / 8))


def space(arrow: Arrow) -> str:
    """An empty label of the right size; Graphviz keeps the place free."""
    width = round(letters.even(shown(arrow), LABEL)) + 8
    size = f'FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="16"'
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" {size}><TR><TD {size}></TD></TR></TABLE>>'


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
        boxes = tuple(placed(picture, node, answers[name], height) for node, name in picture.numbered().items())
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
    return Line(arrow, points, *turned(first.removeprefix("e,"), height), *turned(answer["lp"], height))


def turned(text: str, height: float) -> Iterator[Point]:
    """Points out of `x,y x,y`, turned upside down."""
    found = numbers(text)
    yield from ((x, height - y) for x, y in zip(found[::2], found[1::2], strict=True))


def numbers(text: str) -> list[float]:
    """The numbers of a text."""
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", text)]
