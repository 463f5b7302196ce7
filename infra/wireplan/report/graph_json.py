"""The picture for a program. The shape has a version; keys are only ever added within one."""

import json

from wireplan.report.picture import Picture

VERSION = 1


def render(picture: Picture) -> str:
    """One JSON document: nodes by noun and name, links with what they are."""
    document = {
        "version": VERSION,
        "system": picture.system,
        "environment": picture.environment,
        "nodes": [{"id": str(node), "noun": node.noun, "name": node.name} for node in picture.nodes],
        "links": [
            {
                "kind": arrow.kind.value,
                "from": str(arrow.source),
                "to": str(arrow.target),
                "label": arrow.label,
                "synchronous": not arrow.dashed,
            }
            for arrow in picture.arrows
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
