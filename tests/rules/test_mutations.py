"""Break one thing in a sound system: its rule finds exactly that, where it is, and no other rule speaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wireplan.findings import Severity
from wireplan.rim.validation import validate
from wireplan.rules.check import Rule, check, every

from tests.rules.hosts import ROOT, hosts, pool, reference, topology_files
from tests.rules.mutating import Host, checked, mutations
from tests.rules.trust import judged, verdicts

pytestmark = pytest.mark.thorough

DRAWN = 6
OF_EACH = 2  # mutations a rule makes of a system; benchmarks/trust.py tries all
RULES = [pytest.param(rule, id=rule.code) for rule in every()]


@pytest.mark.parametrize("rule", RULES)
def test_a_mutation_is_found_where_it_is_and_nothing_else_is(rule: Rule) -> None:
    tried = [(host, verdict) for host in pool(DRAWN) for verdict in verdicts(rule, host, OF_EACH)]
    assert tried, f"no mutation of {rule.code} fits any of these systems: let it add what it needs"
    wrong = [f"{host.name}: {verdict}" for host, verdict in tried if not verdict.right]
    assert wrong == []


@settings(max_examples=20)
@given(hosts(), st.sampled_from(every()), st.integers(min_value=0))
def test_any_mutation_of_any_sound_system_is_found(host: Host, rule: Rule, number: int) -> None:
    """As above, over other systems; what fails here is made as small as it can be."""
    found = mutations(rule, host)
    if found:
        verdict = judged(rule, host, found[number % len(found)])
        assert verdict.right, str(verdict)


@settings(max_examples=20)
@given(hosts())
def test_a_sound_system_has_no_finding(host: Host) -> None:
    assert [f"{each.code} {each.what}" for each in host.checked.findings] == []


@pytest.mark.parametrize("environment", [None, "local", "staging", "prod"])
def test_each_environment_of_the_reference_system_has_no_finding(environment: str | None) -> None:
    run = validate(ROOT / "stacks" / "tube" / "topology.yaml", (environment,) if environment else ())
    assert [(one.environment, one.findings) for one in run.checked if one.findings] == []


@pytest.mark.parametrize("code", ["KAF002", "PG001"])
def test_some_promises_are_milder_in_dev(code: str) -> None:
    """On one machine a copy of a copy protects from nothing, so these warn there and refuse in prod."""
    rule = next(rule for rule in every() if rule.code == code)
    found = mutations(rule, reference())
    assert found
    for mutation in found:
        topology = checked(mutation.document, reference().schema).topology
        assert [finding.severity for finding in check(topology, profile="dev")] == [Severity.WARNING]
        assert [finding.severity for finding in check(topology, profile="prod")] == [Severity.ERROR]


def test_the_repository_shows_valid_systems() -> None:
    assert topology_files()
