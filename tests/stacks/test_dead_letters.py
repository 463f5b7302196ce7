"""Dead letters of the services' own platform, replayed by the script of `wireplan dead-letters`, with the real client (rows F2.2, F2.3)."""

import json
from pathlib import Path
from typing import Any

import pytest
from wireplan.rim import dead_letters

from tests.workspace import uv

SERVICES = Path(__file__).resolve().parents[2] / "stacks/tube/services"
DRIVER = Path(__file__).with_name("letters.py")
pytestmark = [pytest.mark.workspace, pytest.mark.row("F2.2"), pytest.mark.row("F2.3")]


@pytest.fixture(scope="module", params=["lane", "topic"])
def happened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A record dies in one of two groups, is replayed, is replayed again and refused, and is replayed again for good."""
    uv(SERVICES, "sync", "--frozen", "--quiet")
    script = tmp_path_factory.mktemp("pod") / "letters.py"
    script.write_text(dead_letters.program())
    said = uv(SERVICES, "run", "--frozen", "python", DRIVER, str(script), str(request.param))
    return json.loads(said.splitlines()[-1])


def test_a_letter_of_the_platform_is_read_as_what_it_is(happened: dict[str, Any]) -> None:
    assert happened["letter"] == {
        "class": "poison", "type": "Poison", "reason": "no such account", "attempts": "1", "source_topic": "orders", "key": "a",
        "state": "open",
    }  # fmt: skip


def test_a_replayed_letter_is_no_longer_open_and_not_sent_again_unless_it_is_asked_for(
    happened: dict[str, Any],
) -> None:
    name = happened["name"]
    assert [each["done"] for each in happened["told"]] == [[name], [], [name]]
    assert happened["told"][1]["refused"] == {name: "replayed"}
    assert happened["open"] == []


def test_the_group_that_failed_handles_it_once_and_the_other_group_never_sees_it_again(
    happened: dict[str, Any],
) -> None:
    billing, stock = happened["seen"]
    assert billing == ["a", "a", "a", "last"], "failed, handled, and known to the inbox"
    assert stock == ["a", "last"]
    assert happened["effects"] == [["a", "last"], ["a", "last"]]
