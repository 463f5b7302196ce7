"""Help at the cursor: what the field means, what the value is in each environment, where that comes from."""

from wireplan.editor.hover import hover

from tests.editor.conftest import LOCAL, OVERLAY, PROTO, PROTOS, SHOP, TOPOLOGY, at, project


def said(marked: str) -> str:
    """The help at a mark of the topology."""
    found = hover(project(), TOPOLOGY, *at(SHOP, marked))
    assert found is not None
    return found.text


def test_a_value_says_what_its_field_means_and_where_it_was_written() -> None:
    text = said("dead|line: 2s")
    assert "The time one call may take, all attempts together" in text
    assert "services.gateway.calls.orders.deadline  2s  " in text
    assert "  topology.yaml:15:26" in text


def test_a_part_shows_defaults_with_their_reason_and_what_differs_elsewhere() -> None:
    text = said("  order|s:\n    serves")
    assert "in default\n" in text
    assert "identity " in text
    assert "default: a Deployment" in text
    assert "in local\n" in text
    assert "replicas.max " in text.partition("in local\n")[2]
    assert "identity" not in text.partition("in local\n")[2]


def test_an_item_of_a_short_list_is_the_part_that_it_names() -> None:
    text = said("publishes: [order.pla|ced]")
    assert text.startswith("**services.orders.publishes.order.placed**")
    assert "outbox   true            derived: orders has a database" in text


def test_a_value_that_the_topology_spells_otherwise_is_found_by_its_place() -> None:
    text = said("insta|nces: 3")
    assert "databases.main.instances  3" in text


def test_an_overlay_shows_its_own_environment_alone() -> None:
    found = hover(project(), OVERLAY, *at(LOCAL, "fast: {mem|ory"))
    assert found is not None
    assert "in default" not in found.text
    assert "64Mi" in found.text


def test_a_method_in_its_proto_says_how_often_it_is_used() -> None:
    found = hover(project(), PROTOS, *at(PROTO, "rpc G|et("))
    assert found is not None
    assert found.text == "method `shop.v1.Orders.Get`: 2 uses in topology.yaml and its overlays"


def test_the_value_of_a_variable_is_shown_to_nobody() -> None:
    text = SHOP.replace(
        "    database: orders\n", "    database: orders\n    environment: {API_TOKEN: hunter2hunter2}\n"
    )
    found = hover(project(text), TOPOLOGY, *at(text, "API_TO|KEN"))
    assert found is not None
    assert "hunter2" not in found.text


def test_no_help_in_a_comment() -> None:
    assert hover(project(), TOPOLOGY, 1, 5) is None


def test_a_waived_rule_says_what_it_is_about() -> None:
    text = said("allow: KAF|001")
    assert "**KAF001 topic-without-enough-copies**" in text
    assert "\n\nWhy: " in text
