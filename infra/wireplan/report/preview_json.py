"""A preview for a program. The shape has a version; keys are only ever added within one."""

import json
from collections.abc import Iterable
from typing import Any

from wireplan.changes.preview import Preview, Proposal
from wireplan.changes.values import FieldChange
from wireplan.report.data import finding_as_data

VERSION = 1


def render(proposal: Proposal) -> str:
    """One JSON document."""
    document = {
        "version": VERSION,
        "file": proposal.file,
        "against": proposal.against,
        "verdict": proposal.verdict().value,
        "changed": proposal.changed,
        "environments": [preview_as_data(each) for each in proposal.previews],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def preview_as_data(preview: Preview) -> dict[str, Any]:
    """One environment."""
    return {
        "name": preview.environment,
        "verdict": preview.verdict().value,
        "base_unread": preview.base_unread,
        "head_unread": preview.head_unread,
        "takes_data": list(preview.takes_data),
        "findings": {
            which: [finding_as_data(each) for each in getattr(preview, which)]
            for which in ("new", "gone", "kept")
        },
        "parts": [
            {"kind": each.kind.value, "part": each.node, "fields": fields_as_data(each.fields)}
            for each in preview.nodes
        ],
        "objects": [
            {
                "change": each.kind.value,
                "kind": each.identity.kind,
                "namespace": each.identity.namespace,
                "name": each.identity.name,
                "fields": fields_as_data(each.fields),
            }
            for each in preview.objects
        ],
    }


def fields_as_data(fields: Iterable[FieldChange]) -> list[dict[str, Any]]:
    """Each field with both values."""
    return [{"path": list(each.path), "before": each.before, "after": each.after} for each in fields]
