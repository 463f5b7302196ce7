"""An autoscaler comes: we let go of the number of pods, and of nothing else."""

from typing import Any

import pytest
from wireplan.manifests.thing import Object
from wireplan.rim.program import tree
from wireplan.rim.program.handover import hand_over

TEMPLATE = {"f:template": {"f:spec": {}}}


def wanted(replicas: int | None) -> Object:
    spec = {} if replicas is None else {"replicas": replicas}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    return Object(("service", "web"), body)


ME = tree.manager(tree.urn("prod", "shop", wanted(None)))


def owner(manager: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": fields}}


class World:
    """A cluster with one Deployment."""

    namespace = "shop"

    def __init__(self, *owners: dict[str, Any]) -> None:
        self.owners = owners
        self.sent: list[Any] = []

    def items(self, version: str, kind: str, selector: str = "") -> list[dict[str, Any]]:
        del version, selector
        found = {"metadata": {"name": "web", "managedFields": list(self.owners)}, "spec": {"replicas": 3}}
        return [found] if kind == "Deployment" else []

    def send(self, method: str, path: str, body: dict[str, Any]) -> bool:
        assert (method, path) == ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web")
        self.sent.append(body)
        return True


def test_our_own_number_is_let_go_of_when_an_autoscaler_comes() -> None:
    """Else the API server sets it to one: its only owner has stopped naming it."""
    world = World(owner(ME, {"f:replicas": {}, **TEMPLATE}), owner("other", {"f:replicas": {}}))
    assert hand_over(world, [wanted(None)], "prod", "shop") == ["Deployment web"]  # type: ignore[arg-type]
    assert world.sent == [
        {"metadata": {"managedFields": [owner(ME, TEMPLATE), owner("other", {"f:replicas": {}})]}}
    ]


@pytest.mark.parametrize(
    ("mine", "replicas"),
    [({"f:replicas": {}, **TEMPLATE}, 4), (TEMPLATE, None)],
    ids=["a number stays a number", "a range stays a range"],
)
def test_otherwise_everybody_keeps_what_he_owns(mine: dict[str, Any], replicas: int | None) -> None:
    world = World(owner(ME, mine))
    assert hand_over(world, [wanted(replicas)], "prod", "shop") == []  # type: ignore[arg-type]
    assert world.sent == []
