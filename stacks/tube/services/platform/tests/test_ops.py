"""The ops port: what each probe asks, and what it does not ask (row F1.1)."""

import asyncio

import pytest

from tube_platform import ops
from tube_platform.lifecycle import Lifecycle, Phase
from tube_platform.ops import OpsServer


@pytest.fixture
async def server() -> OpsServer:
    """A server on a free port."""
    found = OpsServer(Lifecycle(1.0), 0, "127.0.0.1")
    await found.start()
    return found


async def ask(server: OpsServer, path: str, line: str = "GET {} HTTP/1.1") -> tuple[int, str]:
    """One request, as the kubelet makes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.bound_port)
    writer.write(f"{line.format(path)}\r\nHost: x\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split(" ")[1]), body


async def test_probes_follow_the_phase(server: OpsServer) -> None:
    """Starting: alive, not started, not ready. Ready: all. Draining: started and alive, but out of the balancing."""
    expected = {
        Phase.STARTING: (503, 503, 200),
        Phase.READY: (200, 200, 200),
        Phase.DRAINING: (200, 503, 200),
    }
    for phase, statuses in expected.items():
        server.lifecycle.phase = phase
        found = [await ask(server, path) for path in ("/startup", "/ready", "/live?x=1")]
        assert tuple(status for status, _ in found) == statuses
    await server.close()


async def test_liveness_is_the_event_loop(server: OpsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heartbeat that is too old is the one thing that liveness is about."""
    monkeypatch.setattr(ops, "STALLED", -1.0)
    assert (await ask(server, "/live"))[0] == 503
    await server.close()


async def test_metrics_and_unknown_paths(server: OpsServer) -> None:
    """Prometheus finds its text; everything else is not there."""
    status, body = await ask(server, "/metrics")
    assert status == 200
    assert "event_loop_delay_seconds" in body
    assert "process_resident_memory_bytes" in body
    assert "process_cpu_seconds_total" in body
    assert (await ask(server, "/"))[0] == 404
    assert (await ask(server, "/", "nonsense"))[0] == 404
    await server.close()


async def test_half_a_request_is_dropped(server: OpsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that says nothing holds nothing for long."""
    monkeypatch.setattr(ops, "REQUEST_LIMIT", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.bound_port)
    writer.write(b"GET /li")
    assert await asyncio.wait_for(reader.read(), 2) == b""
    writer.close()
    await server.close()
