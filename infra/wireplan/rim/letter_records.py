"""Dead letters as records: what their headers say, what is open, what a record carries on its way back. Knows no Kafka.

Only the standard library may be imported here: the text of this file is given to the pod of `kafka_letters`.

A letter is never deleted, and Kafka's offsets cannot say which of many are done with out of order. So what became of a letter is written
behind it, into the same partition: a mark, a record without a value whose headers name the letter's offset. Being the younger of the two,
it is kept at least as long as its letter is.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

EVENT_ID, ATTEMPT, FIRST, LAST = "event-id", "attempt", "first-failure", "last-failure"
CLASS, KIND, REASON = "error-class", "error-type", "error-reason"
TOPIC, PARTITION, OFFSET = "source-topic", "source-partition", "source-offset"
TYPE, ONLY_GROUP, REPLAYS = "type", "only-group", "replays"
TOLD = {"event_id": EVENT_ID, "attempts": ATTEMPT, "first_failure": FIRST, "last_failure": LAST, "class": CLASS, "type": KIND,
        "reason": REASON, "source_topic": TOPIC, "source_partition": PARTITION, "source_offset": OFFSET, "message": TYPE,
        "replays": REPLAYS}  # fmt: skip
REPLAYED, DISCARDED = "replayed", "discarded"
MARKED, ACTION, AT, TO = "letter-offset", "letter-action", "letter-at", "letter-to"
PAST = frozenset({ATTEMPT, LAST, CLASS, KIND, REASON, REPLAYS, ONLY_GROUP})
"""Headers that speak of attempts which a replay leaves behind."""

Place = tuple[str, int, int]
"""Topic, partition, offset."""
Headers = Collection[tuple[str, bytes | None]]


def last(headers: Headers) -> dict[str, str]:
    """The last header of each name, as text."""
    return {name: (value or b"").decode("utf-8", "replace") for name, value in headers}


def replayed(headers: Headers, place: Place, only: str = "") -> list[tuple[str, bytes]]:
    """The headers of a letter's record on its way back: those of the record itself, where it comes from, and that it is a replay.

    Its event id stays, so that a group which did handle it meanwhile knows it: that of a stranger's record without one is its
    place, as the services count it. It begins with its first attempt again. `only` is the one group that is to handle it.
    """
    known = last(headers)
    kept = [(name, value or b"") for name, value in headers if name not in PAST]
    if EVENT_ID not in known:
        where = [
            known.get(name) or str(mine) for name, mine in zip((TOPIC, PARTITION, OFFSET), place, strict=True)
        ]
        kept.append((EVENT_ID, str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(where))).encode()))
    kept.append((REPLAYS, str(whole(known.get(REPLAYS)) + 1).encode()))
    return [*kept, *([(ONLY_GROUP, only.encode())] if only else [])]


def mark(offset: int, action: str, at: str, to: str = "") -> list[tuple[str, bytes]]:
    """The headers of the mark which says what became of the letter at `offset` of its partition."""
    words = {MARKED: str(offset), ACTION: action, AT: at, TO: to}
    return [(name, word.encode()) for name, word in words.items() if word]


def sorted_out(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Letters with what became of each: open, or the action of its last mark. A mark that is not behind its letter counts for nothing."""
    letters: dict[Place, dict[str, Any]] = {}
    for each in records:
        about = each["headers"].get(MARKED)
        if about is None:
            letters[each["topic"], each["partition"], each["offset"]] = {**each, "state": "open"}
        elif found := letters.get((each["topic"], each["partition"], whole(about, -1))):
            said = each["headers"]
            found.update(state=said.get(ACTION, ""), settled_at=said.get(AT, ""), settled_to=said.get(TO, ""))
    return list(letters.values())


def whole(text: str | None, otherwise: int = 0) -> int:
    """The whole number of up to 64 bits that a header holds; anybody may have written one of thousands of digits, which Python refuses to read."""
    return int(text) if text and len(text) < 20 and text.isascii() and text.isdigit() else otherwise


def word(value: bytes | None) -> str | None:
    """A key as a person knows it: text where it is text, else hexadecimal."""
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"0x{value.hex()}"
    return text if text.isprintable() else f"0x{value.hex()}"


def told(letter: Mapping[str, Any], *, entirely: bool = False) -> dict[str, Any]:
    """A letter for whoever asked: its place, what its headers say of the failure, its state; all headers only where asked."""
    said = {name: letter["headers"][header] for name, header in TOLD.items() if header in letter["headers"]}
    rest = {name: value for name, value in letter.items() if entirely or name != "headers"}
    return {**rest, **said}
