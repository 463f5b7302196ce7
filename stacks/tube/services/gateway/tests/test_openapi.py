"""Whatever is asked, the answer is one that the OpenAPI document promises (row A1): schemathesis asks, and every service answers for real.

Requests that fit the document and requests that do not, single ones and one after the other; bounded in number, the same in every run.
"""

import asyncio
import socket
import sys
from pathlib import Path

import pytest
from test_whole_way import PATIENCE, Tube

from tube_platform.lifecycle import Lifecycle
from tube_platform.testing.postgres import LocalPostgres
from tube_platform.web import HttpServer
from tube_platform.wiring import Http

EXAMPLES = 8
"""Generated requests a route and phase."""
CONFIG = Path(__file__).parents[1] / "schemathesis.toml"


async def asked(url: str, token: str, folder: Path) -> tuple[int, str]:
    """How schemathesis ends, and what it says."""
    program = Path(sys.executable).with_name("schemathesis")
    process = await asyncio.create_subprocess_exec(
        *(program, "--config-file", CONFIG, "run", f"{url}/openapi.json", "--max-examples", str(EXAMPLES)),
        *("--header", f"Authorization: Bearer {token}", "--no-color"),
        cwd=folder,  # it keeps what it asked there
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.timeout(180)
async def test_whatever_is_asked_the_answer_is_one_that_the_document_promises(
    postgres: LocalPostgres, tmp_path: Path
) -> None:
    """Errors are problems with a documented status, what does not fit is refused, what fits is not, and nothing is a 500."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tube = Tube(postgres, tmp_path)
    async with tube.stack:
        await tube.start()
        server = HttpServer(Http(port, deadline=PATIENCE), tube.app, Lifecycle(5.0), host="127.0.0.1")
        await server.start()
        tube.stack.push_async_callback(server.close)
        tube.stack.push_async_callback(server.drain, 1.0)
        token = (await tube.login("somebody@example.org"))["authorization"].removeprefix("Bearer ")
        code, said = await asked(f"http://127.0.0.1:{port}", token, tmp_path)
    assert code == 0, said
