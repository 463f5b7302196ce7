"""The JSON Schema of findings as JSON, for programs that read them."""

from typing import Any

from wireplan.findings import Severity
from wireplan.report.json import VERSION
from wireplan.report.json_words import COUNT, DRAFT, PLACE, counts, many, path, place, record, text, truth

WORD = {"enum": [severity.value for severity in reversed(Severity)]}


def schema() -> dict[str, Any]:
    """The schema of what `--format json` of `wireplan validate` writes."""
    return {
        "$schema": DRAFT,
        "title": "Findings of wireplan validate",
        **record(
            version={"const": VERSION},
            file=text("The topology file, as it was named."),
            environments=many(
                record(
                    name=text(),
                    profile=text(),
                    parts=counts("How many of what was checked."),
                    unheld=counts(
                        "How many names of a .proto there are, where the topology names no protos."
                    ),
                )
            ),
            rules={**COUNT, "description": "How many rules the topology was checked by."},
            baseline={
                "description": "The file whose findings are accepted; null without one.",
                "type": ["string", "null"],
            },
            findings=many({"$ref": "#/$defs/finding"}),
            summary={
                **record(**dict.fromkeys([*WORD["enum"], "accepted"], COUNT)),
                "description": "Findings of each severity that count, and how many the baseline accepts.",
            },
        ),
        "$defs": {"finding": finding(), "place": place()},
    }


def finding() -> dict[str, Any]:
    """One finding of a run, with the environments that have it."""
    alone = said()
    more = record(
        environments={"description": "Those that have it.", **many(text())},
        severities={
            "type": "object",
            "description": "How bad it is in each environment that has it.",
            "additionalProperties": WORD,
        },
        fingerprint=text(
            "By what it is known again after its line has moved; the same in SARIF, GitLab and a baseline."
        ),
    )
    return {
        **alone,
        "properties": {**alone["properties"], **more["properties"]},
        "required": [*alone["required"], *more["required"]],
    }


def said() -> dict[str, Any]:
    """One finding by itself."""
    return record(
        code=text("What `wireplan explain` takes. Never reused."),
        name=text("The code in words, as a waiver says it."),
        severity=WORD,
        at=PLACE,
        path=path("The value in the topology that it is about; empty where it is about none."),
        what=text("The fault in a sentence."),
        why=text("The steps or the sum that prove it."),
        fix=text("What to write instead."),
        related={"description": "Further places.", **many(record(at=PLACE, note=text()))},
        edit={
            "description": "The one right answer: the stretch to replace, and its new text.",
            "anyOf": [{"type": "null"}, record(at=PLACE, text=text())],
        },
        steps={
            "description": "The schedule that ends in it, first to last.",
            **many(record(at=PLACE, text=text())),
        },
        enforced=truth("Whether neither a waiver nor a baseline lifts it."),
        accepted=truth("Whether the baseline accepts it: it is not counted by its severity."),
    )
