"""Dead letters for a person and for programs: a line a letter under its group, or one letter whole."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from wireplan.report.screen import BOLD, PLAIN, Screen, counted, painted, printable
from wireplan.topology.letters import OPEN, Letter

VERSION = 1
HEAD = ("letter", "age", "attempts", "class", "key", "from", "reason")
NUMBER = re.compile("[0-9]{1,19}")
"""What a place holds; anybody may have written a longer one, and Python refuses to read thousands of digits."""
LONGEST = 72
"""Signs of a reason in the list; `show` has it whole."""
UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def table(letters: Sequence[Letter], now: float, more: int = 0, screen: Screen = PLAIN) -> str:
    """A line a letter, the oldest first under each group; `more` are those that did not fit into the answer."""
    open_ones = sum(each.state == OPEN for each in letters)
    lines = [f"{counted(open_ones, 'open dead letter')}" + (" at least" if more else "")]
    for group in dict.fromkeys(each.group for each in letters):
        own = [each for each in letters if each.group == group]
        title = f"group {group} of service {own[0].service}"
        lines += ["", painted(printable(title), BOLD, colour=screen.colour), *rows(own, now)]
    if more:
        lines += ["", f"{more} more, younger than these: settle some, or ask for a group, service or topic"]
    return "\n".join(lines) + "\n"


def rows(letters: Sequence[Letter], now: float) -> Iterator[str]:
    """The lines of one group, in columns."""
    cells = [HEAD, *(row(each, now) for each in letters)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD) - 1)]
    for line in cells:
        aligned = (cell.ljust(width) for cell, width in zip(line, widths, strict=False))
        yield "  " + "  ".join([*aligned, line[-1]]).rstrip()


def row(letter: Letter, now: float) -> tuple[str, ...]:
    """The cells of a letter."""
    why = letter.reason if letter.reason.startswith(letter.error) else f"{letter.error}: {letter.reason}"
    done = f"{letter.state}; " if letter.state != OPEN else ""
    again = f"replayed {letter.replays}x before; " if letter.replays else ""
    said = flat(done + again + why)
    cells = (
        letter.name,
        age(now - died(letter)),
        str(letter.attempts or "?"),
        letter.kind or "?",
        letter.key or "-",
        source(letter),
        said if len(said) <= LONGEST else f"{said[: LONGEST - 3]}...",
    )
    return tuple(printable(flat(cell)) for cell in cells)


def whole(letter: Letter, headers: Mapping[str, str], value: Mapping[str, Any], now: float) -> str:
    """One letter with all that it holds; `value` as `payloads.shown` makes it."""
    facts = (
        ("state", settled(letter)),
        ("group", f"{letter.group} of service {letter.service}"),
        ("from", source(letter)),
        ("key", letter.key or "none"),
        ("failed", f"{letter.kind or 'unknown'}, after {counted(letter.attempts, 'attempt')}"),
        ("reason", f"{letter.error}: {letter.reason}"),
        ("first failure", letter.first_failure or "unknown"),
        ("last failure", f"{letter.last_failure or 'unknown'}, {age(now - died(letter))} ago"),
        ("replays", str(letter.replays) if letter.replays else ""),
    )
    lines = [letter.name, *(f"  {name:13}  {flat(said)}" for name, said in facts if said), "  headers"]
    lines += [f"    {flat(name)}: {flat(said)}" for name, said in headers.items()]
    lines += [f"  value, {value['what']}, {counted(letter.size, 'byte')}"]
    lines += [f"    {line}" for line in str(value["text"]).splitlines()]
    return printable("\n".join(lines)) + "\n"


def document(
    system: str, environment: str, letters: Sequence[Letter], now: float, more: int = 0
) -> dict[str, Any]:
    """For programs: keys are only added within a version."""
    return {
        "version": VERSION,
        "system": system,
        "environment": environment,
        "letters": [entry(each, now) for each in letters],
        "more": more,
    }


def entry(letter: Letter, now: float) -> dict[str, Any]:
    """One letter for programs."""
    return {
        "letter": letter.name,
        "state": letter.state,
        "settled_at": letter.settled_at or None,
        "settled_to": letter.settled_to or None,
        "service": letter.service,
        "group": letter.group,
        "source": place(letter),
        "key": letter.key,
        "message": letter.message or None,
        "event_id": letter.event_id or None,
        "attempts": letter.attempts,
        "error": {"class": letter.kind, "type": letter.error, "reason": letter.reason},
        "first_failure": letter.first_failure or None,
        "last_failure": letter.last_failure or None,
        "age": round(now - died(letter), 3),
        "replays": letter.replays,
        "size": letter.size,
    }


def place(letter: Letter) -> dict[str, Any]:
    """Where the record lay that failed; null where the letter does not say."""
    topic, *numbers = letter.source
    partition, offset = (int(each) if NUMBER.fullmatch(each) else None for each in numbers)
    return {"topic": topic or None, "partition": partition, "offset": offset}


def outcome(action: str, told: Mapping[str, Any], ways: Mapping[str, str]) -> str:
    """What became of letters that were to be replayed or discarded; `ways` says by letter where it went."""
    lines = [f"{action}: {name}" + (f" -> {ways[name]}" if name in ways else "") for name in told["done"]]
    lines += [f"not {action}: {name}: {why}" for name, why in told["failed"].items()]
    lines += [f"left alone: {name}: {state} meanwhile" for name, state in told["refused"].items()]
    return printable("\n".join(lines)) + "\n"


def flat(text: str) -> str:
    """A text in one line."""
    return " ".join(text.split())


def settled(letter: Letter) -> str:
    """What became of it."""
    when = f" at {letter.settled_at}" if letter.settled_at else ""
    return letter.state + when + (f" to {letter.settled_to}" if letter.settled_to else "")


def source(letter: Letter) -> str:
    """The place of the record that failed."""
    return "/".join(letter.source) if any(letter.source) else "unknown"


def died(letter: Letter) -> float:
    """When it failed for the last time, in seconds since the epoch; when it was written, where it does not say."""
    try:
        found = datetime.fromisoformat(letter.last_failure)
    except ValueError:
        return letter.time
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def age(seconds: float) -> str:
    """A time as people say it: `40s`, `3m`, `5h`, `2d`."""
    for size, unit in UNITS:
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return "0s"
