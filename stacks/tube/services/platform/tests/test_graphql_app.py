"""GraphQL is there where the wiring has it, and nowhere else: no route, no import, no package (row P4)."""

import subprocess
import sys
from typing import Any

import pytest

from tube_platform.app import App
from tube_platform.wiring import GraphqlWiring, WiringError, parse

WIRED = {"version": 1, "system": "demo", "service": "gateway", "http": {"port": 8080}}
BOUNDS = {"depth": 3, "fields": 20, "root_fields": 2, "aliases": 1, "batch": 1, "introspection": False}


class Application:
    """An application of FastAPI's kind, that only remembers its routes."""

    def __init__(self) -> None:
        self.added: list[tuple[str, dict[str, Any]]] = []

    def openapi(self) -> dict[str, Any]:
        """No route."""
        return {"paths": {}}

    def add_api_route(self, path: str, answer: Any, **options: Any) -> None:
        """Remember it."""
        self.added.append((path, options))


def test_without_it_the_application_is_served_as_it_is() -> None:
    """Nothing is added."""
    application = Application()
    assert App(parse(WIRED))._with_graphql(application) is application
    assert application.added == []


def test_with_it_there_is_one_more_route_that_the_document_does_not_show() -> None:
    """By POST only; the bounds are the wiring's."""
    application = Application()
    own = parse({**WIRED, "graphql": BOUNDS})
    assert own.graphql == GraphqlWiring(3, 20, 2, 1, batch=1, introspection=False)
    assert App(own)._with_graphql(application) is application
    assert application.added == [("/graphql", {"methods": ["POST"], "include_in_schema": False})]


SERVE = """
import sys
sys.modules["graphql"] = None  # as in an image without the package
from tube_platform.app import App
from tube_platform.wiring import parse
import tube_platform.web, tube_platform.limits.asgi
App(parse(%r))._with_graphql(object())
print("served", any(name.startswith("tube_platform.graphql") for name in sys.modules))
"""


def test_without_it_an_image_needs_no_package_for_it() -> None:
    """Nor is any of ours imported that would need it."""
    done = subprocess.run([sys.executable, "-c", SERVE % WIRED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["served", "False"]


def test_an_image_that_was_built_without_it_says_so() -> None:
    """The environment turned it on after the image was built."""
    turned_on = {**WIRED, "graphql": BOUNDS}
    done = subprocess.run(
        [sys.executable, "-c", SERVE % turned_on], capture_output=True, text=True, check=False
    )
    assert "WiringError: the topology turns GraphQL on, and this image was built without it" in done.stderr


def test_application_without_a_document_is_refused() -> None:
    """There is nothing to make a schema of."""
    with pytest.raises(WiringError, match="OpenAPI"):
        App(parse({**WIRED, "graphql": BOUNDS}))._with_graphql(object())


def test_texts_that_were_good_are_read_once_and_few_are_remembered() -> None:
    """Whatever clients send, the memory for it is bounded; what was refused is not kept at all."""
    from graphql import build_schema

    from tube_platform.graphql.documents import (
        LONGEST_REMEMBERED,
        REMEMBERED,
        Documents,
        RefusedError,
    )

    documents = Documents(build_schema("type Query {a: Int}"), GraphqlWiring())
    first = documents.read("{a}")
    assert documents.read("{a}") is first
    for number in range(REMEMBERED):
        documents.read(f"query q{number} {{a}}")
        assert documents.read("{a}") is first, "what is used stays"
    assert len(documents._known) == REMEMBERED
    long = "{a}" + " " * LONGEST_REMEMBERED
    assert documents.read(long) is not documents.read(long)
    with pytest.raises(RefusedError, match="invalid_query"):
        documents.read("{b}")
    assert "{b}" not in documents._known


def test_chain_of_fragments_that_is_too_long_is_refused() -> None:
    """Where the bounds allow many fields a query may have more fragments than Python goes deep."""
    from graphql import build_schema

    from tube_platform.graphql.documents import Documents, RefusedError

    chain = " ".join(f"fragment F{n} on Query {{...F{n + 1}}}" for n in range(1200))
    documents = Documents(build_schema("type Query {a: Int}"), GraphqlWiring(fields=2000))
    with pytest.raises(RefusedError, match="too_deep"):
        documents.read("{...F0} fragment F1200 on Query {a} " + chain)
