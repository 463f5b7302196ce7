"""The JSON Schema of findings as JSON, for programs that read them. It allows keys that it does not know: within a version, keys are added."""

from typing import Any

from wireplan.findings import Severity
from wireplan.report.json import VERSION

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLACE = {"$ref": "#/$defs/place"}
COUNT = {"type": "integer", "minimum": 0}
POSITION = {"type": "integer", "minimum": 1}
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
                record(name=text(), profile=text(), parts=counts("How many of what was checked."))
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
    """One finding."""
    return record(
        code=text("What `wireplan explain` takes. Never reused."),
        name=text("The code in words, as a waiver says it."),
        severity=WORD,
        at=PLACE,
        path={
            "description": "The value in the topology that it is about; empty where it is about none.",
            **many({"type": ["string", "integer"]}),
        },
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


def place() -> dict[str, Any]:
    """A stretch of a file."""
    found = record(file=text(), line=POSITION, column=POSITION)
    end = {"end_line": POSITION, "end_column": {**POSITION, "description": "One past the last."}}
    return {
        "description": "Lines and columns count from 1. Without an end it is a point.",
        **found,
        "properties": {**found["properties"], **end},
        "dependentRequired": {"end_line": ["end_column"], "end_column": ["end_line"]},
    }


def record(**properties: Any) -> dict[str, Any]:
    """A map with these keys, all of which are there."""
    return {"type": "object", "required": list(properties), "properties": properties}


def counts(said: str) -> dict[str, Any]:
    """A map of numbers."""
    return {"type": "object", "description": said, "additionalProperties": COUNT}


def many(each: dict[str, Any]) -> dict[str, Any]:
    """A list."""
    return {"type": "array", "items": each}


def truth(said: str) -> dict[str, Any]:
    """Yes or no."""
    return {"type": "boolean", "description": said}


def text(said: str = "") -> dict[str, Any]:
    """A text, and what it says."""
    return {"type": "string", "description": said} if said else {"type": "string"}
