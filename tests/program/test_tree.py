"""Tokens, stages, former names."""

from wireplan.manifests.thing import Object
from wireplan.rim.program import tree
from wireplan.topology.types import Move

from tests.manifests.conftest import made


def test_every_component_has_a_token() -> None:
    for environment in ("local", "prod"):
        assert {one.component[0] for one in made(environment)} <= set(tree.TOKENS)


def test_tokens_are_those_of_the_provider() -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    assert tree.token(Object(("service", "a"), body)) == "kubernetes:core/v1:ConfigMap"
    assert tree.token(Object(("service", "a"), {**body, "apiVersion": "apps/v1", "kind": "Deployment"})) == (
        "kubernetes:apps/v1:Deployment"
    )


def test_a_balancer_comes_last_and_a_headless_service_first() -> None:
    stages = {(one.kind, one.name): tree.stage(one) for one in made("local")}
    assert stages["Service", "upload"] == 0
    assert stages["Deployment", "edge-public"] == 1
    assert stages["Service", "edge-public"] == 2
    assert stages["HorizontalPodAutoscaler", "processing"] == 2


def test_moves_name_components() -> None:
    moves = (
        Move("services.encoder", "services.processing"),
        Move("edges.web", "edges.public"),
        Move("topics.a", "topics.b"),
    )
    assert tree.former_names(moves) == {("service", "processing"): "encoder", ("edge", "public"): "web"}
