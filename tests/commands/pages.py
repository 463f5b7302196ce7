"""The samples of a page: what it shows after `$ wireplan ...`, held to what that prints."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""Where the commands of the pages are run."""

DOCS = ROOT / "docs"
PROMPT = "$ wireplan "
LEFT_OUT = "..."
"""A line that stands for lines of the output that the page does not show."""

Sample = tuple[list[str], list[str]]
"""The words of a command after `wireplan`, and the lines that a page shows below it."""


def samples(page: str) -> Iterator[Sample]:
    """Every command that a page shows with its output, in the order of the page."""
    for block in re.findall(r"(?ms)^```console\n(.*?)^```$", (DOCS / page).read_text()):
        for sample in block.split(PROMPT)[1:]:
            command, *lines = sample.splitlines()
            yield shlex.split(command), lines


def stretches(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines between those that stand for others."""
    found: list[str] = []
    for line in lines:
        if line.strip() == LEFT_OUT:
            yield found
            found = []
        else:
            found.append(line)
    yield found


def is_printed(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether the lines are all that is printed, in their order, where `...` stands for one line or more."""
    every = [re.escape("\n".join([*each, ""]) if each else "") for each in stretches(shown)]
    return re.fullmatch("(?:.*\n)+".join(every), "".join(f"{line}\n" for line in printed)) is not None
