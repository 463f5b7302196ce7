"""A preview for a terminal."""

from collections.abc import Iterable

from wireplan.changes.nodes import Kind
from wireplan.changes.preview import Preview, Proposal
from wireplan.changes.values import FieldChange
from wireplan.report.screen import BOLD, GREEN, PLAIN, RED, YELLOW, Screen, counted, painted, printable

SIGNS = {Kind.ADDED: ("+", GREEN), Kind.REMOVED: ("-", RED), Kind.CHANGED: ("~", YELLOW)}


def render(proposal: Proposal, screen: Screen = PLAIN) -> str:
    """The verdict, then each environment with what differs in it."""
    verdict = painted(proposal.verdict().value, BOLD, colour=screen.colour)
    lines = [f"{proposal.file} against {proposal.against}: {verdict}"]
    for each in proposal.previews:
        lines += ["", *environment(each, colour=screen.colour)]
    return "\n".join(lines) + "\n"


def environment(preview: Preview, *, colour: bool) -> Iterable[str]:
    """One environment."""
    yield painted(f"{preview.environment}: {preview.verdict().value}", BOLD, colour=colour)
    if preview.base_unread or preview.head_unread:
        side = "this version" if preview.head_unread else "the base"
        yield f"  {side} could not be read, so parts and objects are not compared"
    for name in preview.takes_data:
        yield painted(f"  removes or cuts short what holds data: {printable(name)}", RED, BOLD, colour=colour)
    for word, findings in (("new", preview.new), ("gone", preview.gone)):
        for finding in findings:
            what = f"{finding.severity.value}: {printable(finding.what)} [{finding.code}]"
            yield f"  {word}: {finding.at}: {what}"
    yield from changes(preview, colour=colour)


def changes(preview: Preview, *, colour: bool) -> Iterable[str]:
    """Parts and objects that differ."""
    if preview.nodes:
        yield f"  {counted(len(preview.nodes), 'part')} of the system"
        for node in preview.nodes:
            yield from change(node.kind, node.node, node.fields, colour=colour)
    if preview.objects:
        yield f"  {counted(len(preview.objects), 'object')}"
        for each in preview.objects:
            yield from change(each.kind, str(each.identity), each.fields, colour=colour)


def change(kind: Kind, name: str, fields: Iterable[FieldChange], *, colour: bool) -> Iterable[str]:
    """One of them, with its fields."""
    sign, style = SIGNS[kind]
    yield painted(f"    {sign} {printable(name)}", style, colour=colour)
    for each in fields:
        yield f"        {printable(each.name)}: {said(each.before)} -> {said(each.after)}"


def said(value: object) -> str:
    """A value on one line."""
    return "(none)" if value is None else printable(str(value)).replace("\n", " ")
