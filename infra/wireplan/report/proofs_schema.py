"""The JSON Schema of proofs as JSON, for programs that read them."""

from typing import Any

from wireplan.report.json_words import (
    DRAFT,
    PLACE,
    count,
    many,
    number,
    path,
    place,
    record,
    text,
    truth,
)
from wireplan.report.proofs_json import VERSION
from wireplan.topology.survival import Kind

UNKNOWN = "Null where the topic says no rate."
OTHERS = "Null where others run what keeps it, and say so themselves."


def schema() -> dict[str, Any]:
    """The schema of what `--format json` of `wireplan prove` writes: rates per second, times in seconds, sizes in bytes."""
    return {
        "$schema": DRAFT,
        "title": "Proofs of wireplan prove",
        **record(
            version={"const": VERSION},
            system=text("Whose."),
            environment=text("In which environment."),
            groups={"description": "Each consumer group on each topic.", **many(group())},
            writes={"description": "Each write that somebody was told is kept.", **many(write())},
            sizes={"description": "What each service may be given, and may hand on.", **many(passage())},
        ),
        "$defs": {"pace": pace(), "limit": limit(), "place": place()},
    }


def group() -> dict[str, Any]:
    """Whether one keeps up."""
    return record(
        group=text("Its group.id."),
        service=text("Whose group it is."),
        topic=text("What it reads."),
        path=path("Where it is in the topology."),
        rate=number("Records that come, in the long run.", none="Null where the topic says none."),
        handling=number("How long a record takes: the mean, or without one the longest."),
        mean_known=truth("Whether a mean is written."),
        outage=number("The longest time away."),
        backlog=number("Records that wait after that.", none=UNKNOWN),
        limit=number("The time in which they should be handled."),
        keeps_up={
            "type": ["boolean", "null"],
            "description": f"Whether it handles more than comes, at its most pods. {UNKNOWN}",
        },
        fewest={"description": "At the fewest pods.", "$ref": "#/$defs/pace"},
        most={"description": "At the most pods.", "$ref": "#/$defs/pace"},
    )


def pace() -> dict[str, Any]:
    """What a group does with some number of pods."""
    return record(
        pods=count("How many."),
        working=number("How many pods' worth of work is done: a partition has one pod."),
        capacity=number("Records handled.", none="Null where a record takes no time."),
        catch_up=number(
            "From the end of the longest outage until nothing waits.",
            none="Null where that never comes, or the topic says no rate.",
        ),
        lost_after=number(
            "From an empty backlog until the first record is deleted unread.",
            none="Null where that never happens.",
        ),
    )


def write() -> dict[str, Any]:
    """One acknowledged write."""
    return record(
        kind={"enum": [kind.value for kind in Kind], "description": "What was acknowledged."},
        writer=text("Who was told: a service, or the edge that clients upload through."),
        target=text("What was written to: a database, a topic, a bucket, a method."),
        path=path("Where that is in the topology."),
        survives=count("How many failures at once it surely survives.", none=OTHERS),
        stages={
            "description": "The parts of its life, first to last.",
            **many(stage()),
        },
    )


def stage() -> dict[str, Any]:
    """A part of a write's life."""
    step = record(text=text("What happens."), path=path("The value by which it can."), at=PLACE)
    return record(
        when=text("Which part; empty where there is one."),
        survives=count("How many failures at once it survives then.", none=OTHERS),
        copies={
            "description": "The copies that are sure.",
            **many(record(where=text(), path=path("By which value."))),
        },
        left={
            "description": "Copies that are left after one failure, and after two.",
            "type": "array",
            "prefixItems": [count("After one."), count("After two.")],
            "minItems": 2,
            "maxItems": 2,
        },
        schedule={"description": "The shortest schedule of steps that loses it.", **many(step)},
    )


def passage() -> dict[str, Any]:
    """What one service takes and sends."""
    return record(
        service=text(),
        keeps=truth("Whether it may put what is large somewhere of its own."),
        enters={"description": "What it may be given.", **many({"$ref": "#/$defs/limit"})},
        leaves={"description": "What it may hand on.", **many({"$ref": "#/$defs/limit"})},
    )


def limit() -> dict[str, Any]:
    """The largest message at one place."""
    return record(
        where=text("At which."), size=count("Bytes."), path=path("The value that says so."), at=PLACE
    )
