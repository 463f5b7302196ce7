"""The cases of a rule, read from the Markdown beside it."""

import sys
from collections.abc import Sequence
from pathlib import Path

from wireplan.rules import cases as reading
from wireplan.rules import check
from wireplan.rules.cases import Case


def of(code: str) -> Sequence[Case]:
    """The cases of the rule with a code; none for other codes."""
    rule = next((rule for rule in check.every() if rule.code == code), None)
    if rule is None:
        return ()
    beside = Path(sys.modules[rule.module].__file__ or "").with_suffix(".md")
    return reading.parse(beside.read_text(encoding="utf-8"))
