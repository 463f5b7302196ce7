"""The picture as a Mermaid flowchart, which GitHub, GitLab and many wikis draw where it stands in Markdown."""

from wireplan.report.picture import Picture
from wireplan.topology.graph import Node

SHAPES = {
    "edges": ("{{", "}}"),
    "services": ("[", "]"),
    "topics": ("[/", "/]"),
    "databases": ("[(", ")]"),
    "caches": ("[(", ")]"),
    "buckets": ("[[", "]]"),
    "externals": ("([", "])"),
}


def render(picture: Picture) -> str:
    """The flowchart, from the left to the right."""
    ids = picture.numbered()
    nodes = [f"  {ids[node]}{shaped(node)}" for node in picture.nodes]
    arrows = [
        f"  {ids[arrow.source]} {'-.->' if arrow.dashed else '-->'}|{quoted(arrow.label)}| {ids[arrow.target]}"
        for arrow in picture.arrows
    ]
    return "\n".join(["flowchart LR", *nodes, *arrows]) + "\n"


def shaped(node: Node) -> str:
    """A node's name in the shape of its noun."""
    opening, closing = SHAPES[node.noun]
    return f"{opening}{quoted(node.name)}{closing}"


def quoted(text: str) -> str:
    """Text that means nothing to Mermaid."""
    return '"' + text.replace("#", "#35;").replace('"', "#quot;") + '"'
