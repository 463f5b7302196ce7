"""What is lost of what was acknowledged: as bad as the environment says, with the schedule that loses it, and told by one rule."""

from collections.abc import Callable

import pytest
from wireplan.findings import Finding, Severity

UPLOADS = """\
system: films
{environment}edges:
  public: {{host: films.example, routes: [{{path: /films/, to: bucket films}}]}}
services: {{}}
buckets: {{films: {{uploads_through: public, durable: {durable}}}}}
"""


@pytest.mark.parametrize(
    ("environment", "durable", "severity"),
    [
        ("environment: {name: prod}\n", "true", Severity.ERROR),
        ("environment: {name: prod}\n", "false", Severity.WARNING),
        ("environment: {name: prod, survives: 0}\n", "true", Severity.WARNING),
        ("", "true", Severity.WARNING),
    ],
)
def test_one_pod_under_all_objects_is_an_error_where_acknowledged_uploads_must_survive(
    find: Callable[..., list[Finding]], environment: str, durable: str, severity: Severity
) -> None:
    """Elsewhere it is a pod that may be away; a file that names no environment is a draft."""
    (found,) = find(UPLOADS.format(environment=environment, durable=durable))
    assert (found.code, found.severity) == ("K8S004", severity)
    assert bool(found.steps) == (severity is Severity.ERROR)


def test_each_step_of_a_schedule_has_its_place(find: Callable[..., list[Finding]]) -> None:
    text = UPLOADS.format(environment="environment: {name: prod}\n", durable="true")
    (found,) = find(text)
    lines = text.splitlines()
    assert [lines[step.place.line - 1].split(":")[0] for step in found.steps] == ["buckets", "buckets"]
    assert found.steps[0].text.startswith("An upload is acknowledged")


def test_several_stores_that_fail_the_environment_are_told_one_by_one(
    find: Callable[..., list[Finding]],
) -> None:
    """Two failures: the topics have one cause, the database another."""
    found = find(
        """\
system: shop
environment: {name: prod, survives: 2}
services:
  orders: {database: orders, publishes: [order.placed, order.sent]}
databases: {main: {databases: [orders], backup: {to: backups}}}
buckets: [backups]
topics:
  order.placed: {message: shop.events.v1.OrderPlaced}
  order.sent: {message: shop.events.v1.OrderSent, min_insync_replicas: 2}
"""
    )
    assert [(each.code, each.at.line) for each in found] == [("DUR001", 2), ("DUR001", 5), ("DUR001", 9)]
    assert all("survives: 2 (line 2)" in each.why for each in found)
    assert [len(each.steps) for each in found] == [3, 2, 3]
