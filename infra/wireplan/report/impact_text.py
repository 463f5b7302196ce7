"""What failed parts take down, for a person: a line a part, or one part with the way to each route and flow that it reaches."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from wireplan.model.units import share_text
from wireplan.report.screen import BOLD, GREEN, PLAIN, RED, YELLOW, Screen, counted, painted, printable
from wireplan.topology.availability import Reach, reaches, rounded
from wireplan.topology.effects import FLOW_WORDS, Effect, Harm, Impact, Touched, shown
from wireplan.topology.flows import Flow, flows
from wireplan.topology.types import Topology

TONES = {Effect.FAILS: RED, Effect.DEGRADES: YELLOW, Effect.UNHARMED: GREEN}
ORDER = tuple(TONES)
ROUTES = {each: each.value for each in ORDER}
INDENT = " " * 12
HEAD = ("part", "copies", "worst", "routes", "flows", "one copy gone")


def table(topology: Topology, found: Iterable[Impact], screen: Screen = PLAIN) -> str:
    """A line a part, the worst first; then what each route can keep."""
    rows = [row(each) for each in sorted(found, key=rank)]
    widths = [max(len(line[column]) for line in (HEAD, *rows)) for column in range(len(HEAD))]
    title = f"{topology.system} in {topology.environment.name}: what one failed part takes down"
    lines = [laid(line, widths, TONES[Effect(line[2])] if screen.colour else None) for line in rows]
    head = (painted(title, BOLD, colour=screen.colour), laid(HEAD, widths))
    return "\n".join([*head, *lines, "", *kept(topology, screen)]) + "\n"


def rank(found: Impact) -> tuple[int, int, int]:
    """The worst first: by effect, then by how many routes and flows."""
    return ORDER.index(found.whole.worst), -len(found.whole.routes), -len(found.whole.flows)


def row(found: Impact) -> tuple[str, ...]:
    """The cells of a part."""
    harm = found.whole
    said = found.copies is None and found.takeover
    alone = "the whole" if found.copies else "-" if said else "not known"
    number = str(found.copies or ("-" if said else "?"))
    return (
        printable(found.part),
        number,
        harm.worst.value,
        tally(harm.routes, ROUTES),
        tally(harm.flows, FLOW_WORDS),
        summary(found.one) if found.one else alone,
    )


def summary(harm: Harm) -> str:
    """What is left of a part with one copy gone, in a few words."""
    if not harm.routes and not harm.flows:
        return "unharmed"
    words = (tally(harm.routes, ROUTES), tally(harm.flows, FLOW_WORDS))
    return "; ".join(word for word in words if word != "-")


def tally(touched: Sequence[Touched], words: Mapping[Effect, str]) -> str:
    """`1 fails, 2 degrades`."""
    numbers = {each: sum(one.effect is each for one in touched) for each in ORDER}
    return ", ".join(f"{number} {words[each]}" for each, number in numbers.items() if number) or "-"


def laid(cells: Sequence[str], widths: Sequence[int], tone: str | None = None) -> str:
    """Cells as columns; the third in its colour."""
    padded = [f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)]
    if tone:
        padded[2] = painted(padded[2], tone, colour=True)
    return f"  {'  '.join(padded)}".rstrip()


def kept(topology: Topology, screen: Screen) -> Iterator[str]:
    """What each route can keep of what it promises, by what is known of its parts."""
    found = list(reaches(topology))
    if found:
        yield painted("availability of routes", BOLD, colour=screen.colour)
    left = max((len(name(each)) for each in found), default=0)
    for each in found:
        yield f"  {printable(name(each)):{left}}  {said(each)}"


def name(reach: Reach) -> str:
    """A route as a person calls it."""
    return f"edges.{reach.edge} {reach.path}"


def said(reach: Reach) -> str:
    """The bound, and what it does not know."""
    promise = f"promises {share_text(reach.objective)}, " if reach.objective is not None else ""
    number = len(reach.terms)
    if not reach.known:
        return f"{promise}not known: of {counted(number, 'part')} that it needs none says how available it is"
    most = f"at most {share_text(rounded(reach.most))}"
    of = (
        f" of what is known ({len(reach.known)} of {number} parts)"
        if reach.unknown
        else f" by all that it needs ({counted(number, 'part')})"
    )
    verdict = {False: ": it cannot be kept (EDG003)", True: ": it can be kept", None: ""}[reach.kept]
    return f"{promise}{most}{of}{verdict}"


def part(topology: Topology, found: Impact, screen: Screen = PLAIN) -> str:
    """One part: every route and flow, each with the way to it and what holds it."""
    title = f"{found.part} away in {topology.environment.name}"
    lines = [painted(printable(title), BOLD, colour=screen.colour), *body(topology, found.whole, screen)]
    lines += ["", *copy(topology, found, screen)]
    return "\n".join(lines) + "\n"


def copy(topology: Topology, found: Impact, screen: Screen) -> Iterator[str]:
    """What one copy of it takes down."""
    if found.one is None:
        unsaid = found.takeover or "How many copies it has is not known here."
        said = "It has one copy: that gone is the whole gone." if found.copies == 1 else unsaid
        yield from textwrap.wrap(printable(said), screen.width, break_on_hyphens=False)
        return
    yield painted(f"one of its {found.copies} copies gone: {summary(found.one)}", BOLD, colour=screen.colour)
    yield from textwrap.wrap(found.takeover, screen.width, initial_indent="  ", subsequent_indent="  ")
    if found.one.routes or found.one.flows:
        yield from body(topology, found.one, screen)


def body(topology: Topology, harm: Harm, screen: Screen) -> Iterator[str]:
    """Routes, then flows; the unharmed in one line each."""
    names = {each.id: name(each) for each in reaches(topology)}
    yield "routes"
    for touched in harm.routes:
        more = "" if touched.every else ", requests that need it" if touched.effect is Effect.FAILS else ""
        yield f"  {word(touched.effect.value, touched.effect, screen)}{printable(names[touched.id])}{more}"
        yield from witness(topology, touched, names[touched.id], screen)
    yield from unharmed(
        "unharmed", [names[each] for each in names if each not in {one.id for one in harm.routes}], screen
    )
    known = flows(topology)
    yield "flows"
    for touched in harm.flows:
        yield f"  {word(FLOW_WORDS[touched.effect], touched.effect, screen)}{printable(touched.id)}"
        yield from witness(topology, touched, touched.id, screen, known[touched.id])
    yield from unharmed(
        "go on", [each for each in known if each not in {one.id for one in harm.flows}], screen
    )


def unharmed(what: str, names: Sequence[str], screen: Screen) -> Iterator[str]:
    """All that is not touched."""
    if names:
        head = f"  {word(what, Effect.UNHARMED, screen)}"
        yield from hung(head, ", ".join(map(printable, names)), screen)


def word(text: str, effect: Effect, screen: Screen) -> str:
    """An effect in its column."""
    return painted(f"{text:10}", TONES[effect], colour=screen.colour)


def witness(
    topology: Topology, touched: Touched, start: str, screen: Screen, flow: Flow | None = None
) -> Iterator[str]:
    """The way to the failed part, each step with its line; what holds it; how it catches up."""
    yield from hung(INDENT, " -> ".join([printable(start), *steps(topology, touched)]), screen)
    if touched.effect is Effect.DEGRADES:
        yield from hung(INDENT, f"held: {printable(touched.held)}", screen)
    if flow and touched.effect is Effect.FAILS:
        yield from hung(INDENT, f"then: {printable(flow.catches_up)}", screen)


def steps(topology: Topology, touched: Touched) -> list[str]:
    """What comes after the start of a way, each with the line that makes the step; two ids of one part are one step."""
    found: list[str] = []
    last = shown(touched.id)
    for need in touched.way:
        if shown(need.target) != last:
            last = shown(need.target)
            place = topology.place(*need.path)
            line = f" ({place.file.rpartition('/')[2]}:{place.line})" if place.line else ""
            found.append(f"{printable(last)}{line}")
    return found


def hung(head: str, text: str, screen: Screen) -> list[str]:
    """Text that goes on under its beginning."""
    return textwrap.wrap(
        text,
        screen.width,
        initial_indent=head,
        subsequent_indent=INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
