"""From a topology and templates to files in memory."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from wireplan.skeletons import protos, template
from wireplan.skeletons.render import File, member_of, render
from wireplan.skeletons.system import UnfitError
from wireplan.skeletons.template import TemplateError
from wireplan.topology.types import Topology

Shop = Callable[..., Topology]


def texts(topology: Topology, files: dict[str, str], **said: Any) -> dict[str, str]:
    """The texts that one template gives, by path."""
    spec = {"what": "Files.", "each": "service", "into": "{{service}}", **said}
    members = render(topology, [template.build("it", spec, files)])
    return {path: file.text for member in members.values() for path, file in member.items()}


def test_a_template_is_rendered_for_every_service_that_has_what_it_needs(shop: Shop) -> None:
    found = texts(
        shop(), {"a.py.jinja": "{{ service.name }} {{ system.name }}\n"}, needs=["database", "grpc"]
    )
    assert found == {"orders/a.py": "orders shop\n"}


def test_a_file_without_the_suffix_is_copied_as_it_is(shop: Shop) -> None:
    assert texts(shop(), {"a.css": "a { b: {{ c }} }"}, each="system", into="web") == {
        "web/a.css": "a { b: {{ c }} }"
    }


def test_lines_of_statements_leave_no_trace_and_text_is_not_escaped(shop: Shop) -> None:
    text = "{% for each in service.calls %}\n    <{{ each.callee }}>\n{% endfor %}\nend\n"
    assert texts(shop(), {"a.jinja": text})["front/a"] == "    <orders>\nend\n"


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"a.py.jinja": "{{ servise.name }}"}, "it/a.py.jinja: 'servise' is undefined"),
        ({"a.py.jinja": "{{ service.nam }}"}, "it/a.py.jinja: .*has no attribute 'nam'"),
        ({"a.py.jinja": "one\n{% for %}"}, "it/a.py.jinja:2: "),
        (
            {"{{packages}}/a.py": ""},
            "{{packages}} in a path is none of module, package, platform, service, system",
        ),
    ],
)
def test_a_fault_in_a_template_is_named(shop: Shop, files: dict[str, str], fault: str) -> None:
    with pytest.raises(TemplateError, match=fault):
        texts(shop(), files)


def test_a_bucket_with_the_name_of_a_callee_is_a_part_of_its_own(shop: Shop) -> None:
    services = {
        "front": {"kind": "gateway", "calls": {"orders": {"deadline": "1s"}}, "buckets": {"orders": "read"}},
        "orders": {"serves": "shop.orders.v1.OrderService"},
    }
    topology = shop(services=services, buckets={"orders": {}}, topics={}, databases={}, kafka=None)
    text = "{% for part in service.parts %}\n{{ part.name }}\n{% endfor %}\n"
    assert texts(topology, {"a.jinja": text})["front/a"].split() == ["orders_bucket", "orders"]


def test_two_templates_may_not_give_the_same_file(shop: Shop) -> None:
    one, other = (
        template.build(name, {"what": "Files.", "each": "system", "into": "a"}, {"b": ""})
        for name in ("one", "other")
    )
    with pytest.raises(TemplateError, match="other: a/b is rendered by another template too"):
        render(shop(), [one, other])


def test_who_owns_a_file_and_where_it_was_come_along(shop: Shop) -> None:
    said = {"what": "Files.", "each": "system", "into": "a", "yours": ["mine"], "moved": {"old": "new"}}
    members = render(shop(), [template.build("it", said, {"mine": "", "new": ""})])
    assert members["a"] == {"a/mine": File("a/mine", "", True), "a/new": File("a/new", "", False, "a/old")}


def test_a_service_may_not_have_the_name_of_a_shared_member(shop: Shop) -> None:
    with pytest.raises(UnfitError, match="cannot be called platform"):
        render(shop(services={"platform": {"kind": "worker"}}), [])


def test_files_of_the_root_are_a_member_of_their_own() -> None:
    assert [member_of(path) for path in ("pyproject.toml", ".github/workflows/ci.yml", "auth/README.md")] == [
        "",
        "",
        "auth",
    ]


def test_same_topology_same_bytes(shop: Shop) -> None:
    files = {"a.jinja": "{% for s in system.services %}{{ s.name }} {{ s.publishes }} {% endfor %}"}
    one = texts(shop(), files, each="system", into="x")
    turned = dict(reversed(list(shop().services.items())))
    assert one == texts(replace(shop(), services=turned), files, each="system", into="x")


def test_a_message_is_spelled_as_protoc_lays_it_out(shop: Shop) -> None:
    """Its module is its file, whatever the file is called; a nested message belongs to the outer class."""
    topology = replace(
        shop(),
        messages={"shop.events.v1.Outer": (), "shop.events.v1.Outer.Inner": (), "google.protobuf.Empty": ()},
        proto_files={
            "shop.events.v1.Outer.Inner": "shop/events/v1/what-happened.proto",
            "google.protobuf.Empty": "google/protobuf/empty.proto",
        },
    )
    inner = protos.message(topology, "shop.events.v1.Outer.Inner")
    assert inner == protos.Message("shop.events.v1", "what_happened_pb2", "what_happened_pb2.Outer.Inner")
    empty = protos.message(topology, "google.protobuf.Empty")
    assert empty == protos.Message("google.protobuf", "empty_pb2", "empty_pb2.Empty")
