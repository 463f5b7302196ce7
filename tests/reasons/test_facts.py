"""Facts and findings agree: what a rule finds on a way stands below one of the way's facts."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wireplan.findings import Finding, Place, Severity
from wireplan.reasons import why
from wireplan.reasons.facts import Fact, Hop, concerning
from wireplan.report.entries import entries
from wireplan.rim.sources import sources
from wireplan.rules.cases import Case, parse
from wireplan.rules.check import check, every
from wireplan.topology.graph import Graph, Link, LinkKind, Node, graph
from wireplan.topology.types import Topology

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube" / "topology.yaml"
CASES = {
    f"{rule.code}: {case.title}": case
    for rule in every()
    for case in parse(Path(sys.modules[rule.module].__file__ or "").with_suffix(".md").read_text())
    if not case.good
}
# A secret in an address is on the way to it; the others are in settings that no way leads through.
ELSEWHERE = {"SEC003"}


def hops(topology: Topology, drawn: Graph) -> Iterator[tuple[Link, Hop]]:
    """Each link as a way of its own."""
    for link in drawn.links:
        start = link.target if link.kind is LinkKind.CONSUME else link.source
        yield from ((link, hop) for hop in why.stated(topology, (link,), start))


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[Case], Topology]:
    """The topology of a case."""

    def load(case: Case) -> Topology:
        (tmp_path / "topology.yaml").write_text(case.text)
        topology = sources(tmp_path / "topology.yaml").topology
        assert topology is not None
        return topology

    return load


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_a_rule_finds_at_a_part_of_a_way_is_told_on_that_way(
    case: Case, loaded: Callable[[Case], Topology]
) -> None:
    topology = loaded(case)
    stated = list(hops(topology, graph(topology)))
    codes = {code for _, hop in stated for fact in hop.facts for code in fact.codes} - ELSEWHERE
    for finding in check(topology, profile=case.profile):
        part = Node(*map(str, finding.path[:2]))
        beside = any(part in (link.source, link.target) for link, _ in stated)
        if finding.code in codes and beside:
            assert any(concerning(hop.facts, [finding]) for _, hop in stated), finding.path


def test_every_code_of_a_fact_is_one_that_explain_knows() -> None:
    topology = sources(TUBE, "prod").topology
    assert topology is not None
    codes = {code for _, hop in hops(topology, graph(topology)) for fact in hop.facts for code in fact.codes}
    assert codes <= set(entries())
    assert len(codes) > 30


def test_a_fact_is_concerned_by_what_is_at_above_or_below_its_value() -> None:
    fact = Fact("grace", "25s", ("services", "a", "shutdown"), ("K8S002",))
    at = Place("topology.yaml")

    def finding(*path: str | int, code: str = "K8S002") -> Finding:
        return Finding(code, Severity.ERROR, at, "what", path=path)

    assert fact.concerns(finding("services", "a", "shutdown", "grace"))
    assert fact.concerns(finding("services", "a"))
    assert not fact.concerns(finding("services", "b", "shutdown", "grace"))
    assert not fact.concerns(finding("services", "a", "shutdown", "grace", code="K8S001"))
    assert not fact.concerns(finding("patches", 0))
    patched = Fact("network", "closed", ("services", "a"), ("K8S002",), patched=True)
    assert patched.concerns(finding("patches", 0, "merge"))


def test_a_way_to_a_store_outside_says_how_it_is_spoken_to_and_that_no_policy_knows_its_name(
    tmp_path: Path,
) -> None:
    file = tmp_path / "topology.yaml"
    file.write_text(
        "system: shop\nservices: {web: {kind: http, serves_http: http2}}\n"
        "object_store: {provider: external, endpoint: 'https://s.example:9000'}\nbuckets: {films: {}}\n"
        "edges: {public: {host: h.example, routes: [{path: /films, to: bucket films}]}}\n"
    )
    topology = sources(file).topology
    assert topology is not None
    (route,) = [hop for link, hop in hops(topology, graph(topology)) if link.kind is LinkKind.ROUTE]
    said = {fact.name: fact.says for fact in route.facts}
    assert said["way"] == "outwards, by TLS, as s.example:9000: uploads are signed for that name"
    assert said["network"] == "public may connect to port 9000 of any address: a NetworkPolicy knows no names"
