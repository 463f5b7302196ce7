"""How far each rule can be trusted: mutations of sound systems tried, found, found at their place, and what else was said."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wireplan.findings import Finding
from wireplan.rules.check import Rule

from tests.rules.mutating import Host, Mutation, RefusedError, checked, lines, mutations, spread

MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutation: found at all, found at its place, and new findings that it did not announce."""

    mutation: Mutation
    found: bool
    placed: bool
    others: tuple[Finding, ...]

    @property
    def right(self) -> bool:
        """Whether it was found where it is, and nothing else was said."""
        return self.placed and not self.others

    def __str__(self) -> str:
        """For a person whose rule does not do what it should."""
        where = ".".join(str(step) for step in self.mutation.at)
        said = "found elsewhere" if self.found else "not found"
        more = [f"also {each.code} at {'.'.join(map(str, each.path))}: {each.what}" for each in self.others]
        return "; ".join([*([] if self.placed else [f"{where} {said}"]), *more]) or f"{where} found"


def judged(rule: Rule, host: Host, mutation: Mutation) -> Verdict:
    """One mutation, against what was found before it."""
    before = {(each.code, each.path) for each in host.checked.findings}
    after = checked(mutation.document, host.schema)
    new = [each for each in after.findings if (each.code, each.path) not in before]
    own = [each for each in new if each.code == rule.code]
    here = [each for each in own if lines(each.at) == after.line(mutation.at)]
    others = tuple(each for each in new if each not in here and each.code not in mutation.also)
    return Verdict(mutation, bool(own), bool(here), others)


def verdicts(rule: Rule, host: Host, most: int = MANY) -> Iterator[Verdict]:
    """What becomes of the mutations that a rule has of a system, at most so many of them.

    Raises:
        RefusedError: a mutation is not even loaded, so that no rule could find it.
    """
    for mutation in spread(mutations(rule, host), most):
        try:
            yield judged(rule, host, mutation)
        except RefusedError as error:
            where = ".".join(str(step) for step in mutation.at)
            raise RefusedError(f"the mutation at {where} is refused by the loader: {error}") from error


@dataclass
class Score:
    """The verdicts on one rule, counted."""

    rule: Rule
    tried: int = 0
    found: int = 0
    placed: int = 0
    alarms: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])

    def add(self, found: Iterable[Verdict]) -> None:
        """Count some more."""
        for verdict in found:
            self.tried += 1
            self.found += verdict.found
            self.placed += verdict.placed
            self.alarms += [f"{each.code} {'.'.join(map(str, each.path))}" for each in verdict.others]
            if not verdict.right:
                self.wrong.append(str(verdict))

    @property
    def recall(self) -> float:
        """The share of mutations that were found where they are; of none that were tried, nothing is known."""
        return self.placed / self.tried if self.tried else 0.0

    @property
    def precision(self) -> float:
        """The share of new findings that are the mutation's own."""
        return self.placed / (self.placed + len(self.alarms)) if self.placed else 0.0
