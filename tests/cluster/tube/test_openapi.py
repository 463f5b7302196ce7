"""The OpenAPI document, held against the running gateway through the edge: schemathesis asks what fits it and what does not (row A1)."""

from pathlib import Path

import pytest

from tests.cluster.tube.system import ROOT
from tests.cluster.tube.web import User
from tests.workspace import uv

SERVICES = ROOT / "stacks" / "tube" / "services"
LOOPBACK = Path(__file__).parents[1] / "client" / "loopback.py"
EXAMPLES = 5
"""Generated requests a route and phase: some hundred in all."""
RATE = "15/s"
"""Below the limit of a principal, so that what is asked is mostly answered: half a minute."""
BUSY = """
# A busy system may say so: both are documented.
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503", "504"]
"""


@pytest.mark.usefixtures("restore")  # begun here, so that nobody waits for it
@pytest.mark.row("A1")
def test_whatever_is_asked_through_the_edge_the_answer_is_one_that_the_document_promises(
    user: User, authority: Path, tmp_path: Path
) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text((SERVICES / "gateway" / "schemathesis.toml").read_text() + BUSY)
    said = uv(
        SERVICES,
        *("run", "--frozen", "python", LOOPBACK, tmp_path, "--config-file", config),
        *("run", f"{user.browser.places.base}/openapi.json", "--tls-verify", authority),
        *("--header", f"Authorization: Bearer {user.access_token()}", "--no-color"),
        *("--max-examples", str(EXAMPLES), "--rate-limit", RATE, "--request-timeout", "10"),
        gives_way=False,
    )
    assert "18 selected / 18 total" in said, said
