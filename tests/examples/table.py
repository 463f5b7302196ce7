"""The table of findings in an example's README: its first three columns are what validate says, the others a person's judgement.

One source: the test compares the first, `--update-docs` writes them, and the judgement of a finding that is still there stays.
"""

from dataclasses import dataclass

HEADING = "## What `wireplan validate` says\n"
HEAD = "| code | in | finding | judgement | known to them | mended by |\n|---|---|---|---|---|---|\n"
UNJUDGED = ("", "", "")


@dataclass(frozen=True)
class Row:
    """One finding: code and severity, the environments that have it, its one line; and what a person made of it."""

    code: str
    environments: str
    finding: str
    judgement: tuple[str, str, str] = UNJUDGED

    @property
    def said(self) -> tuple[str, str, str]:
        """What validate says, and nobody else."""
        return self.code, self.environments, self.finding

    def line(self) -> str:
        """The row in Markdown."""
        return f"| {' | '.join((*self.said, *self.judgement))} |\n"


def parted(page: str) -> tuple[str, str, str]:
    """A README up to its table, the table's rows, and the rest."""
    before, heading, after = page.partition(HEADING)
    words, head, table = after.partition(HEAD)
    assert heading, "the README has the heading"
    assert head, "the table has its head"
    lines = table.splitlines(keepends=True)
    count = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return before + heading + words + head, "".join(lines[:count]), "".join(lines[count:])


def rows(page: str) -> list[Row]:
    """The rows that a README has."""
    _, table, _ = parted(page)
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
    return [Row(*each[:3], judgement=(each[3], each[4], each[5])) for each in cells]


def written(page: str, found: list[Row]) -> str:
    """The README with the rows of today; what was said of a code's finding before is kept."""
    before, _, after = parted(page)
    known = {(row.code, row.finding): row.judgement for row in rows(page)}
    judged = [Row(*row.said, judgement=known.get((row.code, row.finding), UNJUDGED)) for row in found]
    return before + "".join(row.line() for row in judged) + after
