"""How each kind of link is drawn: its words, and a head of its own; `picture.css` has dashes and colours.

A kind is known by its dashes and its head, so that nobody depends on seeing its colour.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wireplan.topology.graph import LinkKind

TRIANGLE, CHEVRON, DIAMOND, CIRCLE, SQUARE, BAR = (
    "M0 1 L10 6 L0 11 Z",
    "M0 1 L10 6 L0 11 L4 6 Z",
    "M0 6 L5 2 L10 6 L5 10 Z",
    "M1 6 A4 4 0 1 1 9 6 A4 4 0 1 1 1 6 Z",
    "M1 2 H9 V10 H1 Z",
    "M5 0 H9 V12 H5 Z",
)


@dataclass(frozen=True, slots=True)
class Stroke:
    """What the legend says of a kind, and the outline of its head in a square of 12, its foot at (0, 6)."""

    title: str
    head: str


STROKES: Mapping[LinkKind, Stroke] = {
    LinkKind.ROUTE: Stroke("route of an edge, HTTP", TRIANGLE),
    LinkKind.CALL: Stroke("call, gRPC, with its deadline", TRIANGLE),
    LinkKind.PUBLISH: Stroke("publishes to", CHEVRON),
    LinkKind.CONSUME: Stroke("consumed by, with its group", CHEVRON),
    LinkKind.DATABASE: Stroke("keeps rows in, SQL", DIAMOND),
    LinkKind.CACHE: Stroke("caches in", CIRCLE),
    LinkKind.BUCKET: Stroke("keeps objects in, S3", SQUARE),
    LinkKind.UPLOAD: Stroke("clients upload to, S3", SQUARE),
    LinkKind.BACKUP: Stroke("backs up to", SQUARE),
    LinkKind.PURGE: Stroke("purges the cache of, HTTP", BAR),
    LinkKind.EXTERNAL: Stroke("asks outside", TRIANGLE),
}
