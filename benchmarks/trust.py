"""How far the rules can be trusted: print recall and precision of each, and what is said of systems that are as they should be.

    python benchmarks/trust.py [--systems 20] [--write docs/trust.md]
    python benchmarks/trust.py --rule KAF023

Every mutation that tests/rules/mutations/ has of drawn systems and of the reference system is tried. The systems are the same in
every run; more of them are other ones as well. With --rule it is that rule's mutations alone, while one writes it. Exit code 1 where a mutation is missed, or anything else is said.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from wireplan.rim import validation
from wireplan.rules.check import every

from tests.examples import table
from tests.rules.hosts import ROOT, drawn, pool, topology_files
from tests.rules.trust import Score, verdicts


def main() -> int:
    """Measure, print, and write the page when asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--systems", type=int, default=20, help="drawn systems")
    parser.add_argument("--write", type=Path, help="also write the page here")
    parser.add_argument("--rule", action="append", help="the code of a rule; can be given again")
    arguments = parser.parse_args()
    if arguments.rule:
        return tried(arguments.systems, frozenset(arguments.rule))
    scores = measured(arguments.systems)
    alarms = sum(len(host.checked.findings) for host in drawn(arguments.systems))
    shown = [said(file) for file in topology_files()]
    text = page(arguments.systems, scores, alarms, shown)
    print(text)
    for line in (f"{score.rule.code}: {each}" for score in scores for each in score.wrong):
        print(line, file=sys.stderr)
    if arguments.write:
        arguments.write.write_text(text)
    missed = any(score.wrong or not score.tried for score in scores)
    return int(missed or alarms > 0 or any(each.right < each.findings for each in shown))


def tried(systems: int, codes: frozenset[str]) -> int:
    """The scores of some rules, and each mutation that is missed or finds something else."""
    scores = measured(systems, codes)
    for score in scores:
        print(f"{score.rule.code}: {score.tried} mutations, {score.found} found")
        print("".join(f"  {each}\n" for each in score.wrong), end="")
    return int(len(scores) < len(codes) or any(score.wrong or not score.tried for score in scores))


def measured(systems: int, codes: frozenset[str] = frozenset()) -> list[Score]:
    """The score of each rule, or of those with some codes, over the reference system and so many drawn ones."""
    scores = [Score(rule) for rule in every() if not codes or rule.code in codes]
    for host in pool(systems):
        for score in scores:
            score.add(verdicts(score.rule, host))
    return scores


@dataclass(frozen=True)
class Shown:
    """A system of this repository: how many findings it has in all its environments, of which codes, and how many of them a person judged to be right."""

    name: str
    codes: str
    findings: int
    right: int


def said(file: Path) -> Shown:
    """What is found in a topology, and what the README beside it makes of it; where there is none, nothing is right."""
    found = Counter(seen.finding.code for seen in validation.validate(file).seen())
    readme = file.with_name("README.md")
    text = readme.read_text() if readme.is_file() else ""
    judged = table.rows(text) if table.HEADING in text else []
    return Shown(
        name=str(file.parent.relative_to(ROOT)),
        codes=", ".join(sorted(found)),
        findings=found.total(),
        right=sum(row.judgement[0].startswith("Right") for row in judged),
    )


def page(systems: int, scores: Sequence[Score], alarms: int, shown: Sequence[Shown]) -> str:
    """The page, as it stands in docs/."""
    rows = [
        f"| {s.rule.code} | {s.rule.name} | {s.tried} | {s.placed} | {len(s.alarms)} | {s.recall:.2f} | {s.precision:.2f} |"
        for s in scores
    ]
    tried, placed, more = (
        sum(counts) for counts in zip(*((s.tried, s.placed, len(s.alarms)) for s in scores), strict=True)
    )
    return HEAD.format(
        systems=systems,
        alarms=alarms,
        rows="\n".join(rows),
        whole=f"| | all {len(scores)} rules | {tried} | {placed} | {more} | {placed / tried:.2f} | {placed / (placed + more):.2f} |",
        shown="\n".join(f"| {s.name} | {s.findings} | {s.right} | {s.codes} |" for s in shown),
    )


HEAD = """\
# Trust

Written by `python benchmarks/trust.py --write docs/trust.md`.

A rule that misses what it is for is as bad as none, and one that speaks where nothing is wrong is soon waived everywhere. So each rule
has mutations: a file in `tests/rules/mutations/` that, given any sound system, breaks the one thing that the rule is for. Sound systems are
drawn (`tests/rules/systems.py`): services, calls, topics, groups, databases, edges, caches, buckets, tokens, sagas and
environments, with references that hold and nothing for a rule to say. The reference system is one more.

- **found**: the rule speaks, at the line that was changed.
- **other findings**: anything else that is new, of the same rule elsewhere or of another rule.
- **recall**: found / tried. **precision**: found / (found + other findings).

That is what the rules promise of faults of these kinds. Of faults that nobody thought of it says nothing.

| code | rule | mutations | found | other findings | recall | precision |
|---|---|---|---|---|---|---|
{rows}
{whole}

## False alarms
In the {systems} drawn systems, in which nothing is broken, the rules find {alarms} things. In those of this repository, over all their environments and with the waivers that they state:

| system | findings | judged right by a person | codes |
|---|---|---|---|
{shown}

The systems of [examples/](../examples/README.md) were not made for Wireplan. The README beside each lists every finding with its judgement, and a test holds the list to what the checker says.

The tests try some mutations of each rule over fewer systems, and over other ones; `tests/rules/test_mutations.py` fails where this page would not read 1.00.
"""


if __name__ == "__main__":
    sys.exit(main())
