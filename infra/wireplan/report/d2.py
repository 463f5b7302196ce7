"""The picture in D2, for those who draw with it."""

import json

from wireplan.report.picture import Picture

SHAPES = {
    "edges": "hexagon",
    "services": "rectangle",
    "topics": "queue",
    "databases": "cylinder",
    "caches": "cylinder",
    "buckets": "stored_data",
    "externals": "cloud",
}
DASHED = " {style.stroke-dash: 4}"


def render(picture: Picture) -> str:
    """The diagram, from the left to the right."""
    ids = picture.numbered()
    nodes = [f"{ids[node]}: {quoted(node.name)} {{shape: {SHAPES[node.noun]}}}" for node in picture.nodes]
    arrows = [
        f"{ids[arrow.source]} -> {ids[arrow.target]}: {quoted(arrow.label)}{DASHED if arrow.dashed else ''}"
        for arrow in picture.arrows
    ]
    return "\n".join(["direction: right", *nodes, *arrows]) + "\n"


def quoted(text: str) -> str:
    """A string of D2, whose escapes are JSON's; `$` would begin a substitution."""
    return json.dumps(text, ensure_ascii=False).replace("$", "\\$")
