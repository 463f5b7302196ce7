"""The outline of each noun, around (0, 0), so that a part is known by its shape and not by its colour alone."""

from collections.abc import Callable, Mapping

Outline = Callable[[float, float], tuple[str, ...]]
"""Paths for a width and a height: the first is filled, the others are drawn on it."""


def number(value: float) -> str:
    """A coordinate with at most one decimal, and none that says nothing."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def path(*parts: str | float) -> str:
    """A path's data out of letters and numbers."""
    return " ".join(part if isinstance(part, str) else number(part) for part in parts)


def hexagon(width: float, height: float) -> tuple[str, ...]:
    """Where clients come in."""
    w, h, cut = width / 2, height / 2, 14.0
    return (path("M", cut - w, -h, "H", w - cut, "L", w, 0, w - cut, h, "H", cut - w, "L", -w, 0, "Z"),)


def rounded(width: float, height: float, radius: float = 9.0) -> tuple[str, ...]:
    """A service."""
    w, h, r = width / 2, height / 2, radius
    return (
        path(
            *("M", r - w, -h, "H", w - r, "Q", w, -h, w, r - h, "V", h - r, "Q", w, h, w - r, h),
            *("H", r - w, "Q", -w, h, -w, h - r, "V", r - h, "Q", -w, -h, r - w, -h, "Z"),
        ),
    )


def pill(width: float, height: float) -> tuple[str, ...]:
    """What is not ours."""
    return rounded(width, height, height / 2)


def pipe(width: float, height: float) -> tuple[str, ...]:
    """A topic: a queue that lies."""
    w, h, r = width / 2, height / 2, 8.0
    body = path("M", r - w, -h, "H", w - r, "A", r, h, 0, 0, 1, w - r, h, "H", r - w, "A", r, h, 0, 0, 1)
    return (
        f"{body} {path(r - w, -h, 'Z')}",
        path("M", w - r, -h, "A", r, h, 0, 0, 0, w - r, h),
    )


def cylinder(width: float, height: float) -> tuple[str, ...]:
    """A database."""
    w, h, r = width / 2, height / 2, 6.0
    lid = ("A", w, r, 0, 0)
    return (
        path("M", -w, r - h, *lid, 1, w, r - h, "V", h - r, *lid, 1, -w, h - r, "Z"),
        path("M", -w, r - h, *lid, 0, w, r - h),
    )


def barred(width: float, height: float) -> tuple[str, ...]:
    """A cache: a box with a bar at each side."""
    w, h, bar = width / 2, height / 2, 9.0
    return (
        path("M", -w, -h, "H", w, "V", h, "H", -w, "Z"),
        path("M", bar - w, -h, "V", h),
        path("M", w - bar, -h, "V", h),
    )


def tub(width: float, height: float) -> tuple[str, ...]:
    """A bucket: narrower at its bottom."""
    w, h, cut = width / 2, height / 2, 9.0
    return (path("M", -w, -h, "H", w, "L", w - cut, h, "H", cut - w, "Z"),)


OUTLINES: Mapping[str, Outline] = {
    "edges": hexagon,
    "services": rounded,
    "topics": pipe,
    "databases": cylinder,
    "caches": barred,
    "buckets": tub,
    "externals": pill,
}
TITLES: Mapping[str, str] = {
    "edges": "edge",
    "services": "service",
    "topics": "topic",
    "databases": "database",
    "caches": "cache",
    "buckets": "bucket",
    "externals": "external system",
}
