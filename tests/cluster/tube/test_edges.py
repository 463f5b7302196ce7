"""Clients come in over HTTP/3 with HTTP/2 to fall back on; behind the edges it is HTTP/2 (rows P1, P2, P3)."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Browser

KEYS = "/.well-known/jwks.json"
EDGES = pytest.mark.parametrize(
    "edge",
    [pytest.param("public", marks=pytest.mark.row("P1")), pytest.param("cdn", marks=pytest.mark.row("P3"))],
)


@pytest.fixture
def address(edge: str, browser: Browser, video: str) -> str:
    """Something that each edge answers."""
    return {"public": f"{browser.places.base}{KEYS}", "cdn": browser.playlist(video)}[edge]


@EDGES
def test_the_first_answer_offers_http3_and_the_next_ones_use_it(browser: Browser, address: str) -> None:
    new = browser.new()
    first = new.get(address).expect(200)
    assert first.version == "HTTP/2"
    assert f'h3=":{urlsplit(address).port}"' in first.headers["alt-svc"]

    def third() -> bool:
        assert new.get(address).expect(200).version == "HTTP/3"
        return True

    eventually(third, "the browser comes by HTTP/3", 10)


@EDGES
def test_a_client_without_http3_is_served_over_http2(browser: Browser, address: str) -> None:
    old = browser.new(disable_http3=True)
    assert [old.get(address).expect(200).version for _ in range(3)] == ["HTTP/2"] * 3


@EDGES
def test_a_network_that_carries_no_udp_is_served_over_http2(
    browser: Browser, address: str, tcp_only: str
) -> None:
    behind = browser.new(hosts=tcp_only)
    assert [behind.get(address, timeout=20).expect(200).version for _ in range(3)] == ["HTTP/2"] * 3


@pytest.mark.row("P2")
def test_the_gateway_is_reached_over_http2_whatever_the_client_speaks(browser: Browser) -> None:
    new = browser.new()

    def by_http3() -> bool:
        answer = new.get(KEYS).expect(200)
        assert answer.version == "HTTP/3"
        return answer.headers["x-http-version"] == "2"

    eventually(by_http3, "HTTP/3 in front, HTTP/2 behind", 10)
    assert browser.new(disable_http3=True).get(KEYS).headers["x-http-version"] == "2"


@pytest.mark.row("P3")
def test_the_origin_is_reached_over_http2(browser: Browser, video: str) -> None:
    assert browser.new().get(browser.playlist(video)).expect(200).headers["x-http-version"] == "2"


@pytest.fixture
def tcp_only(browser: Browser) -> Iterator[str]:
    """An address of loopback from where TCP, and TCP alone, is carried on to the edges: a network that drops UDP."""
    address = "127.0.0.2"
    ports = [urlsplit(place).port or 443 for place in (browser.places.base, browser.places.cdn)]
    listeners = [socket.create_server((address, port)) for port in dict.fromkeys(ports)]
    for listener in listeners:
        threading.Thread(target=_relay, args=(listener,), daemon=True).start()
    yield address
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)  # or accept() would hold it open
        listener.close()


def _relay(listener: socket.socket) -> None:
    while True:
        try:
            inside, _ = listener.accept()
        except OSError:
            return
        outside = socket.create_connection(("127.0.0.1", listener.getsockname()[1]))
        for one, other in ((inside, outside), (outside, inside)):
            threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        pass
    finally:
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
