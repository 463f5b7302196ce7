"""The picture as SVG: one file that a browser, a wiki or a document shows, in light and in dark, without a script or a font of its own."""

from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

from wireplan.report import legend, letters
from wireplan.report.layout import CAPTION, HEIGHT, LONGEST_NAME, NAME, Box, Layout, Line, shown
from wireplan.report.screen import printable
from wireplan.report.shapes import OUTLINES, TITLES, number
from wireplan.report.strokes import STROKES
from wireplan.topology.graph import LinkKind

MARGIN = 24.0
HEAD = 36.0
"""Room for the title above the drawing."""


def render(layout: Layout) -> str:
    """The whole document, with its legend."""
    picture = layout.picture
    kinds, nouns = used(layout)
    width = max(layout.width, legend.NARROWEST) + 2 * MARGIN
    key = legend.legend(nouns, kinds, width - 2 * MARGIN)
    height = HEAD + layout.height + 2 * MARGIN + key.height
    left = MARGIN + (width - 2 * MARGIN - layout.width) / 2
    title = f"{picture.system}, {picture.environment}"
    said = f"{len(layout.boxes)} parts and {len(layout.lines)} links between them, from the left to the right"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" aria-labelledby="title about" '
            f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
            f'<title id="title">{text(title)}</title>',
            f'<desc id="about">{text(said)}</desc>',
            f"<style>{style()}</style>",
            heads(kinds),
            '<rect class="paper" width="100%" height="100%"/>',
            f'<text class="title" x="{number(MARGIN)}" y="{number(MARGIN + 8)}">{text(title)}</text>',
            f'<g transform="translate({number(left)} {number(HEAD + MARGIN)})">',
            *drawing(layout),
            "</g>",
            f'<g class="legend" transform="translate({number(MARGIN)} {number(height - key.height)})">',
            key.body,
            "</g>",
            "</svg>",
            "",
        ]
    )


def style() -> str:
    """The look of parts and links, which the page has, too."""
    return files("wireplan.report").joinpath("picture.css").read_text(encoding="utf-8")


def used(layout: Layout) -> tuple[list[LinkKind], list[str]]:
    """The kinds of links and the nouns that are drawn."""
    kinds = {line.arrow.kind for line in layout.lines}
    nouns = {box.node.noun for box in layout.boxes}
    return [kind for kind in STROKES if kind in kinds], [noun for noun in TITLES if noun in nouns]


def heads(kinds: Iterable[LinkKind]) -> str:
    """The heads of arrows, one a kind, for its colour."""
    return (
        "<defs>"
        + "".join(
            f'<marker id="head-{kind.value}" class="head {kind.value}" viewBox="-1 0 13 12" markerWidth="11" markerHeight="10.2" '
            f'refX="0" refY="6" orient="auto" markerUnits="userSpaceOnUse"><path d="{STROKES[kind].head}"/></marker>'
            for kind in kinds
        )
        + "</defs>"
    )


def drawing(layout: Layout) -> Iterator[str]:
    """Links below, then their labels, then parts."""
    yield '<g class="links">'
    yield from (link(line, index) for index, line in enumerate(layout.lines))
    yield '</g><g class="labels" aria-hidden="true">'
    yield from (label(line, index) for index, line in enumerate(layout.lines))
    yield '</g><g class="parts">'
    yield from (part(box, index) for index, box in enumerate(layout.boxes))
    yield "</g>"


def link(line: Line, index: int) -> str:
    """An arrow; it ends where its head begins."""
    first, *rest = line.points
    data = f"M{number(first[0])} {number(first[1])}C" + " ".join(f"{number(x)} {number(y)}" for x, y in rest)
    kind = line.arrow.kind.value
    return f'<path class="link {kind}" data-link="{index}" d="{data}" marker-end="url(#head-{kind})"/>'


def label(line: Line, index: int) -> str:
    """The words at an arrow."""
    x, y = line.label
    kind = line.arrow.kind.value
    return f'<text class="label {kind}" data-link="{index}" x="{number(x)}" y="{number(y + 3.5)}">{text(shown(line.arrow))}</text>'


def part(box: Box, index: int) -> str:
    """A part: its outline, its name, what it is."""
    node = box.node
    outline = "".join(
        f'<path class="{"rim" if order else "body"}" d="{data}"/>'
        for order, data in enumerate(OUTLINES[node.noun](box.width, HEIGHT))
    )
    name = text(letters.shortened(node.name, LONGEST_NAME))
    said = f"{node.name}: {box.caption or TITLES[node.noun]}"
    # Off the lid of a cylinder, and of the mouth of a pipe.
    right, down = {"databases": (0.0, 3.0), "topics": (-4.0, 0.0)}.get(node.noun, (0.0, 0.0))
    return (
        f'<g class="part {node.noun}" data-part="{index}" transform="translate({number(box.x)} {number(box.y)})">'
        f"<title>{text(said)}</title>{outline}"
        f'<text class="name" x="{number(right)}" y="{number(down - 2)}" font-size="{number(NAME)}">{name}</text>'
        f'<text class="caption" x="{number(right)}" y="{number(down + 12)}" font-size="{number(CAPTION)}">{text(box.caption or TITLES[node.noun])}</text></g>'
    )


def samples(nouns: Iterable[str], kinds: Iterable[LinkKind]) -> str:
    """The legend as a column, for the page."""
    key = legend.legend(nouns, kinds, width=1)
    size = f'width="260" height="{key.height:.0f}" viewBox="0 -13 260 {key.height:.0f}"'
    return f'<svg class="picture legend" {size} role="img" aria-label="Legend">{key.body}</svg>'


def text(words: str) -> str:
    """Words that mean nothing to XML."""
    return escape(printable(words).replace("\n", " "))
