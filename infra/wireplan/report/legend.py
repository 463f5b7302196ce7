"""What shapes and lines mean: only those that are in the picture."""

from collections.abc import Iterable
from dataclasses import dataclass

from wireplan.report import letters
from wireplan.report.shapes import OUTLINES, TITLES, number
from wireplan.report.strokes import STROKES
from wireplan.topology.graph import LinkKind

NARROWEST = 760.0
ROW, SAMPLE, GAP, SIZE = 26.0, 40.0, 22.0, 11.5


@dataclass(frozen=True, slots=True)
class Legend:
    """SVG, and how much room it takes. Pixels."""

    body: str
    height: float


def legend(nouns: Iterable[str], kinds: Iterable[LinkKind], width: float) -> Legend:
    """Samples with their words, in rows no wider than `width`."""
    entries = [(TITLES[noun], shape(noun)) for noun in nouns]
    entries += [(STROKES[kind].title, line(kind)) for kind in kinds]
    x, y, parts = 0.0, 0.0, list[str]()
    for words, sample in entries:
        needs = SAMPLE + 8 + letters.width(words, SIZE)
        if x and x + needs > width:
            x, y = 0.0, y + ROW
        parts.append(
            f'<g transform="translate({number(x)} {number(y)})">{sample}'
            f'<text class="words" x="{number(SAMPLE + 8)}" y="4">{words}</text></g>'
        )
        x += needs + GAP
    return Legend("\n".join(parts), y + ROW + 8)


def shape(noun: str) -> str:
    """A part as small as a word."""
    first, *_ = OUTLINES[noun](SAMPLE - 8, 18)
    return f'<g class="part {noun}" transform="translate({number(SAMPLE / 2)} 0)"><path class="body" d="{first}"/></g>'


def line(kind: LinkKind) -> str:
    """An arrow as long as a word."""
    return f'<path class="link {kind.value}" d="M0 0H{number(SAMPLE - 10)}" marker-end="url(#head-{kind.value})"/>'
