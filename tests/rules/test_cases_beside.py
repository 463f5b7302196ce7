"""A case of a rule stays what it is beside any sound system: what is found in it is found there, what is allowed is allowed, and nothing more is said."""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from wireplan.load.parse import parse as taken_apart
from wireplan.rules.cases import parse
from wireplan.rules.check import every
from wireplan.topology.contracts import Schema

from tests.rules.hosts import drawn
from tests.rules.mutating import Data, Host, checked, long_form

NAMED = {"edges", "services", "topics", "databases", "caches", "buckets", "externals", "sagas"}
"""Nouns of which a system has many. What it has once says something of all parts, and could not stand beside another."""


def cases() -> Iterator[tuple[str, Data]]:
    """The cases that are made of parts alone, in long form."""
    for rule in every():
        beside = Path(sys.modules[rule.module].__file__ or "").with_suffix(".md")
        for case in parse(beside.read_text()):
            document = long_form(taken_apart(case.text, "case")[0].data)
            if set(document) <= NAMED | {"system", "wireplan"} and case.profile == "prod":
                yield f"{rule.code}: {case.title}", document


CASES = dict(cases())


@cache
def plain() -> list[Host]:
    """Drawn systems that say nothing of all their parts."""
    found = [host for host in drawn(24) if set(host.document) <= NAMED | {"system"}]
    assert len(found) > 1
    return found


def faults(document: Data) -> set[tuple[str, tuple[str | int, ...]]]:
    """Code and path of all that is found in a document."""
    return {(finding.code, finding.path) for finding in checked(document, Schema()).findings}


@pytest.mark.parametrize(("number", "title"), list(enumerate(CASES)), ids=CASES)
def test_a_case_is_the_same_beside_a_sound_system(number: int, title: str) -> None:
    case, host = CASES[title], plain()[number % len(plain())].document
    names = {noun: case.get(noun, {}).keys() & host.get(noun, {}).keys() for noun in NAMED}
    assert not any(names.values()), "the case and the system share a name"
    both = {**host, **{noun: host.get(noun, {}) | parts for noun, parts in case.items() if noun in NAMED}}
    assert faults(both) == faults(case)
