"""Whatever system the loader takes is resolved, checked, told and rendered without an exception; whatever it does not take is a finding."""

import json
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wireplan.load import codes
from wireplan.load.read import load
from wireplan.manifests.objects import bodies, objects
from wireplan.manifests.thing import ImpossibleError
from wireplan.report import github, gitlab, graph_json, junit, mermaid, sarif, text, yaml_text
from wireplan.report import json as as_json
from wireplan.report.picture import picture
from wireplan.report.run import Checked, Run
from wireplan.rules.check import every
from wireplan.topology.describe import described, located, nodes
from wireplan.topology.types import Topology
from wireplan.topology.wiring import wiring

from tests.rules.hosts import hosts
from tests.rules.mutating import FILE, Data, Host, RefusedError, checked, mutations

pytestmark = pytest.mark.thorough

FORMATS = (text, as_json, sarif, junit, github, gitlab)
STRANGE: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2), st.sampled_from([10**29, 1e308, 0.1]),
    st.sampled_from(["", "0s", "0", "1..2", "-1s", "99999999w", "9" * 29, "part-0", "bucket", "a.B", "\u202e", "\x85", "~", "<<", "*a", "{}"]),
    st.lists(st.sampled_from(["part-0", 1, None]), max_size=2),
    st.dictionaries(st.sampled_from(["name", "part-0", "", "kind"]), st.sampled_from([1, None, {}]), max_size=2),
)  # fmt: skip


@st.composite
def broken(draw: st.DrawFn) -> Host:
    """A system in which several things are broken at once, each of which loads alone."""
    host = draw(hosts())
    document = host.document
    for rule in draw(st.lists(st.sampled_from(every()), max_size=4)):
        found = mutations(rule, Host(host.name, document, host.schema))
        if found:
            after = draw(st.sampled_from(found)).document
            with suppress(RefusedError):
                checked(after, host.schema)
                document = after
    return Host("broken", document, host.schema)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path, *(place for key in keys for place in places(value[key], (*path, key)))]


@st.composite
def strange(draw: st.DrawFn) -> Data:
    """A document with strange values, or without some."""
    document: Any = {"": deepcopy(draw(hosts()).document)}
    for _ in range(draw(st.integers(1, 3))):
        *way, last = ("", *draw(st.sampled_from(places(document[""]))))
        part: Any = document
        for step in way:
            part = part[step]
        if draw(st.booleans()):
            part[last] = draw(STRANGE)
        elif last != "":
            del part[last]
    return document[""]


def made_of(topology: Topology) -> None:
    """Everything that is made of a topology, apart from files."""
    for service in topology.services:
        json.dumps(wiring(topology, service))
    for node in nodes(topology):
        for value in described(topology, located(topology, node)):
            assert value.origin
    for picture_of in (graph_json, mermaid):
        assert picture_of.render(picture(topology))
    with suppress(ImpossibleError):  # what a patch or a provider cannot do is a finding of its own
        assert yaml_text.documents(bodies(objects(topology, {})))


@settings(max_examples=15)
@given(broken())
def test_any_system_that_loads_is_checked_told_and_rendered(host: Host) -> None:
    found = host.checked
    run = Run(FILE, (Checked("default", "prod", found.findings),), found.positions.texts, len(every()))
    for each in FORMATS:
        assert "Traceback" not in each.render(run)
    assert all(each.what and each.why and each.fix and each.at.line for each in found.findings)
    made_of(host.topology)


@settings(max_examples=60)
@given(strange())
def test_a_strange_value_is_a_finding_or_a_system(document: Data) -> None:
    data = yaml_text.document(document).encode("utf-8", "surrogatepass")
    found = load(lambda _: data, FILE)
    assert all(each.code in codes.TABLE and each.at.line and each.what for each in found.findings)
    with suppress(RefusedError):
        made_of(checked(document, Host("strange", document).schema).topology)
