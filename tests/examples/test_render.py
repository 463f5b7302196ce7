"""The examples resolve and render in each of their environments; what is rendered holds what holds for the objects of any system."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner
from wireplan.commands.app import build

from tests.examples.conftest import errors, made, resolved
from tests.manifests import test_objects as of_objects
from tests.manifests import test_policies as of_policies
from tests.manifests.conftest import images

HELD: tuple[Callable[..., None], ...] = (
    of_objects.test_no_two_objects_have_one_name,
    of_objects.test_objects_are_plain_data,
    of_objects.test_every_pod_keeps_the_restricted_standard,
    of_objects.test_no_pod_may_write_its_root_or_has_a_token,
    of_objects.test_every_container_says_what_it_needs,
    of_objects.test_objects_and_pods_carry_the_labels_of_their_service,
    of_objects.test_every_service_selects_pods_that_are_there,
    of_objects.test_every_service_has_its_three_probes,
    of_objects.test_a_pod_ends_in_order,
    of_objects.test_a_changed_configuration_rolls_the_pods,
    of_objects.test_every_volume_and_account_of_a_pod_is_there,
    of_objects.test_a_secret_says_where_its_values_come_from_and_holds_none,
    of_objects.test_no_secret_comes_by_a_configmap_or_a_literal,
    of_objects.test_a_component_comes_after_what_it_waits_for,
    of_objects.test_the_flows_are_those_of_the_graph,
    of_policies.test_everything_is_denied_both_ways,
    of_policies.test_names_can_be_asked_for_by_all,
    of_policies.test_every_workload_has_a_policy,
    of_policies.test_every_allow_has_an_edge,
    of_policies.test_every_edge_is_allowed_at_both_ends,
)
"""What holds for any system; the others speak of what tube has: autoscalers, static members, two edges, HTTP/3."""


@pytest.mark.parametrize("check", HELD, ids=lambda check: check.__name__.removeprefix("test_"))
def test_what_holds_for_tube_holds_for_others(
    somewhere: tuple[Path, str], check: Callable[..., None]
) -> None:
    given = {"everything": made(*somewhere), "topology": resolved(*somewhere)}
    check(**{name: given[name] for name in inspect.signature(check).parameters})


def test_what_is_in_order_is_rendered_and_what_is_not_is_refused(
    somewhere: tuple[Path, str], tmp_path: Path
) -> None:
    """Offline, by the command; the very objects."""
    example, environment = somewhere
    references = tmp_path / "images.json"
    references.write_text(json.dumps(images(resolved(example, environment))))
    words = ["render", str(example), "--env", environment, "--images", str(references)]
    done = CliRunner().invoke(build(), words)
    wrong = errors(example, environment)
    if wrong:
        assert done.exit_code != 0
        assert not done.stdout
    else:
        there = {(each["kind"], each["metadata"]["name"]) for each in yaml.safe_load_all(done.stdout) if each}
        assert there == {(one.kind, one.name) for one in made(example, environment)}


def test_calls_by_http_reach_the_port_for_it() -> None:
    """The OpenTelemetry demo speaks both: the callers of shipping may reach its port for HTTP, which is the only one it has."""
    folder = Path(__file__).resolve().parents[2] / "examples" / "otel-demo"
    policy = next(
        one for one in made(folder, "release") if (one.kind, one.name) == ("NetworkPolicy", "shipping")
    )
    ports = {port["port"] for rule in policy.body["spec"]["ingress"] for port in rule["ports"]}
    assert ports == {8080, 9000}
