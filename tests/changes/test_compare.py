"""What an edit does, as values: fields, parts, objects, findings."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.changes import nodes, objects, preview
from wireplan.changes.nodes import Kind
from wireplan.changes.preview import Proposal, Side, Verdict
from wireplan.changes.values import HIDDEN, FieldChange, differences
from wireplan.findings import Finding, Place, Severity
from wireplan.model.system import System
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Topology

SHOP: dict[str, Any] = {
    "system": "shop",
    "services": {"orders": {"database": "orders", "replicas": 2}, "billing": {"consumes": ["order.placed"]}},
    "topics": {"order.placed": {"message": "shop.events.v1.OrderPlaced", "pattern": "point-to-point"}},
    "databases": {"main": {"databases": ["orders"]}},
}


def shop(**changes: Any) -> Topology:
    """The shop with some sections changed."""
    return resolve(System.model_validate({**SHOP, **changes}))


def named(found: tuple[FieldChange, ...]) -> dict[str, tuple[Any, Any]]:
    """Fields by their names."""
    return {each.name: (each.before, each.after) for each in found}


def thing(kind: str, name: str, **body: Any) -> dict[str, Any]:
    """A Kubernetes object."""
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **body}


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"a": (1, 2)}),
        ({"a": {"b": 1}}, {"a": {}}, {"a.b": (1, None)}),
        ({"a": [1, 2]}, {"a": [1, 3]}, {"a.[1]": (2, 3)}),
        (
            {"env": [{"name": "A", "value": "1"}]},
            {"env": [{"name": "Z", "value": "0"}, {"name": "A", "value": "1"}]},
            {"env.[Z].name": (None, "Z"), "env.[Z].value": (None, "0")},
        ),
        ({"file": '{"x": 1, "y": 2}'}, {"file": '{"x": 1, "y": 3}'}, {"file.y": (2, 3)}),
        (
            {"file": '[{"name": "a", "n": 1}]\n'},
            {"file": '[{"name": "a", "n": 2}]\n'},
            {"file.[a].n": (1, 2)},
        ),
        ({"file": "[]"}, {"file": "{}"}, {"file": ("[]", "{}")}),
        ({"file": "{not json"}, {"file": "{not json either"}, {"file": ("{not json", "{not json either")}),
    ],
)
def test_the_fields_that_differ_are_named(before: Any, after: Any, changes: dict[str, Any]) -> None:
    assert named(differences(before, after)) == changes


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(json_values)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert differences(value, value) == ()


@given(json_values, json_values)
def test_comparing_the_other_way_round_swaps_the_sides(one: Any, other: Any) -> None:
    there = {(each.path, repr(each.before), repr(each.after)) for each in differences(one, other)}
    back = {(each.path, repr(each.after), repr(each.before)) for each in differences(other, one)}
    assert there == back


def test_a_part_that_changes_shows_what_follows_from_the_change() -> None:
    more = {**SHOP["services"], "billing": {"consumes": ["order.placed"], "replicas": 4}}
    found = {each.node: named(each.fields) for each in nodes.compare(shop(), shop(services=more))}
    assert found["services.billing"]["replicas.max"] == (2, 4)
    assert found["topics.order.placed"]["partitions"] == (6, 12)
    assert "services.orders" not in found


def test_parts_come_and_go() -> None:
    fewer = {"orders": SHOP["services"]["orders"]}
    kinds = {
        each.node: each.kind for each in nodes.compare(shop(), shop(services=fewer, caches={"fast": {}}))
    }
    assert kinds["services.billing"] is Kind.REMOVED
    assert kinds["caches.fast"] is Kind.ADDED


def test_a_system_that_was_not_there_is_all_new() -> None:
    assert {each.kind for each in nodes.compare(None, shop())} == {Kind.ADDED}


def test_nothing_changes_where_nothing_is_edited() -> None:
    assert nodes.compare(shop(), shop()) == ()


def test_objects_are_known_by_kind_namespace_and_name() -> None:
    before = [thing("Service", "a"), thing("Deployment", "a", spec={"replicas": 2})]
    after = [thing("Deployment", "a", spec={"replicas": 3}), thing("ConfigMap", "a")]
    found = objects.compare(before, after)
    assert [(str(each.identity), each.kind) for each in found] == [
        ("ConfigMap/shop/a", Kind.ADDED),
        ("Deployment/shop/a", Kind.CHANGED),
        ("Service/shop/a", Kind.REMOVED),
    ]
    assert named(found[1].fields) == {"spec.replicas": (2, 3)}


def test_a_newer_version_of_a_kind_is_the_same_object() -> None:
    found = objects.compare([thing("CronJob", "a")], [{**thing("CronJob", "a"), "apiVersion": "v2"}])
    assert [each.kind for each in found] == [Kind.CHANGED]


def test_of_secrets_and_environment_variables_only_names_are_shown() -> None:
    before = [
        thing("Secret", "s", stringData={"password": "old"}),
        thing("Pod", "p", env=[{"name": "A", "value": "old"}]),
    ]
    after = [
        thing("Secret", "s", stringData={"password": "new"}),
        thing("Pod", "p", env=[{"name": "A", "value": "new"}]),
    ]
    found = objects.compare(before, after)
    assert [named(each.fields) for each in found] == [
        {"env.[A].value": (HIDDEN, HIDDEN)},
        {"stringData.password": (HIDDEN, HIDDEN)},
    ]


def test_a_variable_that_holds_json_is_no_way_around() -> None:
    before, after = (
        thing("Pod", "p", env=[{"name": "A", "value": f'{{"password": "{word}"}}'}])
        for word in ("old", "new")
    )
    (found,) = objects.compare([before], [after])
    assert named(found.fields) == {"env.[A].value.password": (HIDDEN, HIDDEN)}


def test_a_services_variables_are_hidden_among_the_parts_as_among_the_objects() -> None:
    def orders(word: str) -> Topology:
        return shop(services={**SHOP["services"], "orders": {"environment": {"GREETING": word}}})

    (found,) = nodes.compare(orders("hello"), orders("goodbye"))
    assert named(found.fields) == {"environment.GREETING": (HIDDEN, HIDDEN)}


def fault(code: str, line: int = 1, **more: Any) -> Finding:
    """A finding at a line."""
    return Finding(
        code, more.pop("severity", Severity.ERROR), Place("topology.yaml", line), f"{code} is wrong", **more
    )


def test_a_finding_whose_line_moved_is_neither_new_nor_gone() -> None:
    base = Side(shop(), (fault("KAF001", 5, path=("topics", "a")), fault("KAF002", 6, path=("topics", "a"))))
    head = Side(
        shop(), (fault("KAF001", 9, path=("topics", "a")), fault("KAF007", 2, path=("services", "b")))
    )
    found = preview.compare("prod", base, head)
    assert [each.code for each in found.new] == ["KAF007"]
    assert [each.code for each in found.gone] == ["KAF002"]
    assert [(each.code, each.at.line) for each in found.kept] == [("KAF001", 9)]


@pytest.mark.parametrize(
    ("base", "head", "verdict"),
    [
        (Side(shop()), Side(shop()), Verdict.NOTHING),
        (Side(shop()), Side(shop(caches={"fast": {}})), Verdict.CHANGES),
        (Side(shop()), Side(shop(), (fault("A", severity=Severity.WARNING),)), Verdict.DECISION),
        (
            Side(shop(caches={"fast": {}}, buckets={"films": {}})),
            Side(shop(caches={"fast": {}})),
            Verdict.DECISION,
        ),
        (Side(shop()), Side(shop(), (fault("A"),)), Verdict.BLOCKED),
        (Side(shop(), (fault("A"),)), Side(shop(), (fault("A"),)), Verdict.BLOCKED),
        (Side(shop()), Side(None, (fault("YML001"),)), Verdict.BLOCKED),
        (Side(None, exists=False), Side(shop()), Verdict.CHANGES),
    ],
)
def test_the_verdict_is_the_worst_that_the_edit_brings(base: Side, head: Side, verdict: Verdict) -> None:
    found = preview.compare("prod", base, head)
    assert found.verdict() is verdict
    assert Proposal("topology.yaml", "main", (found,)).verdict() is verdict


def test_several_environments_have_the_worst_verdict_of_theirs() -> None:
    same = preview.compare("local", Side(shop()), Side(shop()))
    broken = preview.compare("prod", Side(shop()), Side(shop(), (fault("A"),)))
    assert Proposal("topology.yaml", "main", (same, broken)).verdict() is Verdict.BLOCKED


def test_what_is_removed_with_its_data_is_named() -> None:
    base = Side(shop(buckets={"films": {}}), objects=(thing("StatefulSet", "encoder"),))
    found = preview.compare("prod", base, Side(shop()), ("volume objects: would be deleted",))
    assert found.takes_data == ("buckets.films", "volume objects: would be deleted")
    assert found.verdict() is Verdict.DECISION


def test_an_edit_that_allows_data_to_be_lost_needs_a_decision() -> None:
    allowing = Side(shop(allow_data_loss=["database main"]))
    found = preview.compare("prod", Side(shop()), allowing)
    assert {each.node: named(each.fields) for each in found.nodes} == {
        "allow_data_loss": {"[0]": (None, "database main")}
    }
    assert found.verdict() is Verdict.DECISION
    assert preview.compare("prod", allowing, Side(shop())).verdict() is Verdict.CHANGES


def test_a_waiver_is_told_beside_the_finding_that_it_takes_away() -> None:
    waiver = {"allow": "KAF001", "until": "2027-01-31", "reason": "small"}
    found = preview.compare("prod", Side(shop(), (fault("KAF001"),)), Side(shop(waivers=[waiver])))
    assert [each.node for each in found.nodes] == ["waivers"]
    assert [each.code for each in found.gone] == ["KAF001"]


def test_a_side_that_cannot_be_read_is_not_taken_for_an_empty_one() -> None:
    found = preview.compare(
        "prod",
        Side(None, (fault("YML001"),)),
        Side(shop(), objects=(thing("Service", "a"),)),
        ("database main: gone",),
    )
    assert found.base_unread
    assert (found.nodes, found.objects, found.losses) == ((), (), ())
    assert [each.code for each in found.gone] == ["YML001"]


def test_values_are_hidden_where_a_secret_stands_in_the_open() -> None:
    leak = fault("SEC003", secret=True, path=("services", "orders", "environment", "TOKEN"))
    base = Side(shop(), (leak,), (thing("ConfigMap", "a", data={"x": "hunter2"}),))
    head = Side(shop(caches={"fast": {}}), (), (thing("ConfigMap", "a", data={"x": "hunter3"}),))
    found = preview.compare("prod", base, head)
    assert [named(each.fields) for each in found.objects] == [{"data.x": (HIDDEN, HIDDEN)}]
    assert "hunter" not in repr(replace(found, gone=()))
