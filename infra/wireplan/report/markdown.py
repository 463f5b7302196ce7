"""The comment of a pull request: verdict and counts first, worst things next, details folded, within GitHub's limit.

What it shows comes from the pull request, so every text is escaped: no mention, link or fence of the author's takes effect.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wireplan.changes.nodes import Kind
from wireplan.changes.preview import Preview, Proposal, Verdict
from wireplan.changes.values import FieldChange
from wireplan.findings import Finding
from wireplan.report.screen import counted

LIMIT = 65_000  # bytes; GitHub refuses a comment of more than 65,536 characters
LONGEST_VALUE = 200
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~>-])")
LINKING = re.compile(r"[@#](?=\w)|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
NOTHING = "\u200b"
SIGNS = {
    Verdict.BLOCKED: ":no_entry:",
    Verdict.DECISION: ":warning:",
    Verdict.CHANGES: ":large_blue_circle:",
    Verdict.NOTHING: ":white_check_mark:",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the comment that may be cut: lines between an opening and a closing."""

    opening: str
    lines: tuple[str, ...]
    closing: str = ""


@dataclass(slots=True)
class Page:
    """The comment so far and the bytes that are left."""

    left: int
    text: list[str] = field(default_factory=list[str])

    def add(self, text: str) -> bool:
        """Add `text` if it fits; nothing always does."""
        if not text:
            return True
        if size(text) > self.left:
            return False
        self.left -= size(text)
        self.text.append(text)
        return True


def marker(proposal: Proposal) -> str:
    """The hidden line by which the comment is found again: one comment a topology file, edited in place."""
    return f"<!-- wireplan preview {re.sub('[^A-Za-z0-9._/-]', '_', proposal.file).replace('--', '__')} -->"


def render(proposal: Proposal, attached: Sequence[tuple[str, str]] = (), limit: int = LIMIT) -> str:
    """The comment. `attached` are further outputs (title, text) that go folded to its end, as far as they fit."""
    command = f"wireplan preview {code(proposal.file)} --against {code(proposal.against)}"
    note = f"\n_Cut to fit a comment. The whole: `{command}`._"
    page = Page(limit - size(note))
    for text in head(proposal):
        page.add(text)
    whole = [filled(page, section) for section in sections(proposal, attached)]
    if not all(whole):
        page.left += size(note)
        page.add(note)
    return "\n".join(page.text) + "\n"


def head(proposal: Proposal) -> Iterable[str]:
    """Marker, verdict, and a table of counts."""
    yield marker(proposal)
    verdict = proposal.verdict()
    yield f"### {SIGNS[verdict]} Wireplan: {verdict.value}"
    yield f"`{code(proposal.file)}` against `{code(proposal.against)}`\n"
    yield "| environment | verdict | findings new / gone / kept | objects created | updated | deleted |"
    yield "|---|---|---|---|---|---|"
    for each in proposal.previews:
        yield row(each)


def row(preview: Preview) -> str:
    """One environment's line of the table; what is deleted stands out."""
    counts = preview.counts()
    deleted = counts[Kind.REMOVED]
    findings = f"{len(preview.new)} / {len(preview.gone)} / {len(preview.kept)}"
    return (
        f"| {escaped(preview.environment)} | {preview.verdict().value} | {findings} | {counts[Kind.ADDED]} "
        f"| {counts[Kind.CHANGED]} | {f'**{deleted}**' if deleted else 0} |"
    )


def sections(proposal: Proposal, attached: Sequence[tuple[str, str]]) -> Iterable[Section]:
    """Everything below the table, worst first."""
    yield Section("", tuple(losses(proposal.previews)))
    yield Section("", tuple(unread(proposal.previews)))
    yield Section("\n#### New findings", tuple(findings(proposal.previews, "new")))
    yield Section("\n#### Findings gone", tuple(findings(proposal.previews, "gone")))
    for each in proposal.previews:
        yield folded(
            f"{each.environment}: {counted(len(each.nodes), 'part')} of the system", node_lines(each)
        )
        yield folded(f"{each.environment}: {counted(len(each.objects), 'object')}", object_lines(each))
    for title, text in attached:
        yield folded(title, text.splitlines(), "text")


def losses(previews: Iterable[Preview]) -> Iterable[str]:
    """What is removed or cut short that holds data, first of all."""
    for each in previews:
        if each.takes_data:
            names = ", ".join(f"`{code(name)}`" for name in each.takes_data)
            yield f"\n**Removes or cuts short what holds data in {escaped(each.environment)}:** {names}"


def unread(previews: Iterable[Preview]) -> Iterable[str]:
    """Sides that could not be read, so that nothing of theirs could be compared."""
    for each in previews:
        if each.base_unread:
            yield f"\nIn {escaped(each.environment)} the base could not be read: parts and objects are not compared."
        if each.head_unread:
            yield f"\nIn {escaped(each.environment)} this version could not be read: mend the findings first."


def findings(previews: Sequence[Preview], which: str) -> Iterable[str]:
    """A line a finding, the worst first; the same finding of several environments once."""
    told: dict[tuple[object, ...], tuple[Finding, list[str]]] = {}
    for preview in previews:
        for finding in getattr(preview, which):
            told.setdefault(finding.sort_key(), (finding, []))[1].append(preview.environment)
    order = sorted(told.values(), key=lambda each: each[0].sort_key())
    for finding, environments in sorted(order, key=lambda each: each[0].severity, reverse=True):
        where = "" if len(environments) == len(previews) else f" ({escaped(', '.join(environments))})"
        place = f"`{code(f'{finding.at.file}:{finding.at.line}')}`"
        fix = f"<br>fix: {escaped(finding.fix)}" if finding.fix and which == "new" else ""
        yield f"- {finding.severity.value} **{finding.code}** {place}{where} {escaped(finding.what)}{fix}"


def node_lines(preview: Preview) -> Iterable[str]:
    """Each part that differs and its fields."""
    for each in preview.nodes:
        yield from change_lines(each.kind, each.node, each.fields)


def object_lines(preview: Preview) -> Iterable[str]:
    """Each object that differs and its fields."""
    for each in preview.objects:
        yield from change_lines(each.kind, str(each.identity), each.fields)


def change_lines(kind: Kind, name: str, fields: Iterable[FieldChange]) -> Iterable[str]:
    """A part or an object in the form of a diff."""
    if kind is not Kind.CHANGED:
        yield f"{'+' if kind is Kind.ADDED else '-'} {flat(name)}"
        return
    yield f"! {flat(name)}"
    for each in fields:
        if each.before is not None:
            yield f"-   {flat(each.name)}: {flat(each.before)}"
        if each.after is not None:
            yield f"+   {flat(each.name)}: {flat(each.after)}"


def folded(title: str, lines: Iterable[str], language: str = "diff") -> Section:
    """Details behind a summary, in a fence that their own text cannot close."""
    kept = tuple(lines)
    longest = max((len(run) for line in kept for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    opening = f"\n<details><summary>{html(title)}</summary>\n\n{fence}{language}"
    return Section(opening, kept, f"{fence}\n\n</details>")


def filled(page: Page, section: Section) -> bool:
    """Put as much of `section` on the page as fits; whether all of it did."""
    if not section.lines:
        return True
    reserve = size(section.closing) + size(more(len(section.lines)))
    if size(section.opening) + reserve > page.left:
        return False
    page.add(section.opening)
    page.left -= reserve
    added = 0
    while added < len(section.lines) and page.add(section.lines[added]):
        added += 1
    page.left += reserve
    if added < len(section.lines):
        page.add(more(len(section.lines) - added))
    page.add(section.closing)
    return added == len(section.lines)


def more(number: int) -> str:
    """The line in place of lines that did not fit."""
    return f"... {number} more"


def size(text: str) -> int:
    """Bytes of a text and its line break."""
    return len(text.encode()) + 1


def flat(value: object) -> str:
    """A value on one line, cut where it is long."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}... ({len(text)} characters)"


def html(text: str) -> str:
    """Text within a tag. An invisible space keeps names, numbers and addresses from becoming mentions and links."""
    return LINKING.sub(f"\\g<0>{NOTHING}", flat(text)).replace("&", "&amp;").replace("<", "&lt;")


def escaped(text: str) -> str:
    """Text that Markdown leaves alone."""
    return SPECIAL.sub(r"\\\1", html(text))


def code(text: str) -> str:
    """Text for a code span, without what would end it."""
    return flat(text).replace("`", "'").replace("|", "/")
