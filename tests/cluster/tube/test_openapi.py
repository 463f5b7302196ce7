"""The OpenAPI document, held against the running gateway through the edge: schemathesis asks what fits it and what does not (row A1)."""

import pytest

from tests.cluster.tube.system import Begun


@pytest.mark.row("A1")
def test_whatever_is_asked_through_the_edge_the_answer_is_one_that_the_document_promises(
    schemathesis: Begun,
) -> None:
    said = schemathesis.said()
    assert "18 selected / 18 total" in said, said
