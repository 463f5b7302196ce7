"""The JSON Schema of reasons as JSON, for programs that read them."""

from typing import Any

from wireplan.report import reasons, saga_reasons
from wireplan.report.json_schema import said
from wireplan.report.json_words import DRAFT, PLACE, many, path, place, record, text, truth
from wireplan.topology.graph import LinkKind
from wireplan.topology.types import OriginKind

FACTS = {"description": "What holds there.", **many({"$ref": "#/$defs/fact"})}
FINDINGS = many({"$ref": "#/$defs/finding"})
PARTS = many(text())


def schema() -> dict[str, Any]:
    """The schema of what `--format json` of `wireplan why` writes: of a way between two parts, or of a saga."""
    return {
        "$schema": DRAFT,
        "title": "Reasons of wireplan why",
        "type": "object",
        "oneOf": [{"$ref": "#/$defs/way"}, {"$ref": "#/$defs/saga"}],
        "$defs": {"way": way(), "saga": saga(), "fact": fact(), "finding": said(), "place": place()},
    }


def way() -> dict[str, Any]:
    """The answer for two parts."""
    hop = record(
        **{"from": text()},
        to=text(),
        kind={"enum": [kind.value for kind in LinkKind], "description": "By what one comes on."},
        at=PLACE,
        facts=FACTS,
    )
    return {
        "description": "The way from a part to another.",
        **record(
            version={"const": reasons.VERSION},
            **{"from": text("The part where it begins, by its full name.")},
            to=text("The part where it ends."),
            environment=text("In which environment."),
            found=truth("Whether there is a way."),
            safe=truth("Whether there is one, and no error or warning on it that nobody accepted."),
            hops={"description": "From part to part; empty where there is no way.", **many(hop)},
            others={"description": "Further ways, each by the parts that it goes through.", **many(PARTS)},
            reached={"description": "Where there is no way: the parts that the start leads to.", **PARTS},
            into={"description": "Where there is no way: the parts that lead to the end.", **PARTS},
            backwards=truth("Whether the end leads to the start, where there is no way."),
            **accepted(),
        ),
    }


def saga() -> dict[str, Any]:
    """The answer for a saga."""
    step = record(name=text(), at=PLACE, facts=FACTS)
    return {
        "description": "Why a saga ends either done or undone.",
        **record(
            version={"const": saga_reasons.VERSION},
            saga=text("Its name."),
            environment=text("In which environment."),
            owner=text("The service that orchestrates it."),
            safe=truth("Whether there is no error or warning of it that nobody accepted."),
            at=PLACE,
            facts=FACTS,
            steps={"description": "In their order.", **many(step)},
            **accepted(),
        ),
    }


def accepted() -> dict[str, Any]:
    """What the rules find of it."""
    return {
        "findings": {"description": "What the rules find of these facts.", **FINDINGS},
        "waived": {"description": "What they would find as well without waivers.", **FINDINGS},
    }


def fact() -> dict[str, Any]:
    """Something that holds, with its lines and its rules."""
    origin = record(
        kind={"enum": [kind.value for kind in OriginKind], "description": "How the value came to be."},
        reason=text("Why the default is what it is, or by which formula; empty where it was written."),
        at=PLACE,
    )
    return record(
        name=text("What it is called; the same for all facts of its kind."),
        says=text("What holds."),
        path=path("The value in the topology that it is about."),
        origins={"description": "Where the value comes from.", **many(origin)},
        codes={"description": "The rules that look at it.", **many(text())},
        found={"description": "The codes of those that find something of it.", **many(text())},
    )
