"""The cases of a rule: fenced topologies in the `.md` beside it, with `# finding: CODE` at each offending line.

A fence is `yaml`, and may name the profile (`yaml dev`). No mark in a fence means that nothing is found in it.
A fence `proto` right behind it holds its contracts, for rules that ask them; the topology then says `contracts: {protos: protos}`.
"""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^```yaml(?: (?P<profile>dev|prod))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PROTO = re.compile(r"\n+```proto\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"# finding: (?P<codes>[A-Z0-9]+(?:, [A-Z0-9]+)*)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """One topology file and what must be found in it: (line, code), sorted. `proto` are its contracts, empty where it has none."""

    title: str
    text: str
    profile: str
    marks: tuple[tuple[int, str], ...]
    proto: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is found in it."""
        return not self.marks


def parse(markdown: str) -> tuple[Case, ...]:
    """Every case in `markdown`, each titled by the heading above it."""
    return tuple(
        Case(
            title=title_before(markdown, fence.start()),
            text=fence["text"],
            profile=fence["profile"] or "prod",
            marks=marks(fence["text"]),
            proto=behind["text"] if (behind := PROTO.match(markdown, fence.end())) else "",
        )
        for fence in FENCE.finditer(markdown)
    )


def title_before(markdown: str, position: int) -> str:
    """The last heading before `position`."""
    headings = HEADING.findall(markdown, 0, position)
    return headings[-1] if headings else ""


def marks(text: str) -> tuple[tuple[int, str], ...]:
    """The marked (line, code) pairs; lines count from 1."""
    return tuple(
        sorted(
            (number, code)
            for number, line in enumerate(text.splitlines(), start=1)
            for mark in MARK.finditer(line)
            for code in mark["codes"].split(", ")
        )
    )


def shown(case: Case) -> str:
    """The text of a case as a reader sees it, marks turned into arrows."""
    return MARK.sub(r"# <- \g<codes>", case.text)
