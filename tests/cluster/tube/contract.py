"""schemathesis, which asks a gateway through the edge whatever fits its OpenAPI document, and what does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wireplan.rim.scaffolding import workspace

from tests.cluster.tube.system import ROOT, Begun, program
from tests.cluster.tube.web import User

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


@contextmanager
def asking(user: User, authority: Path, folder: Path) -> Iterator[Begun]:
    """All of the document, asked by somebody with an account, who needs it for himself: what he may ask is counted."""
    config = folder / "schemathesis.toml"
    config.write_text((SERVICES / "gateway" / "schemathesis.toml").read_text() + BUSY)
    words = [
        *("run", "--frozen", "python", LOOPBACK, folder, "--config-file", config),
        *("run", f"{user.browser.places.base}/openapi.json", "--tls-verify", authority),
        *("--header", f"Authorization: Bearer {user.access_token()}", "--no-color"),
        *("--max-examples", str(EXAMPLES), "--rate-limit", RATE, "--request-timeout", "10"),
    ]
    with program(
        [str(word) for word in (workspace.uv(), *words)], SERVICES, workspace.environment()
    ) as found:
        yield found
