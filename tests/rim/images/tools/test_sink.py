"""What takes messages on a machine without relay and gateway: from whom, and how much of them it keeps (row M3)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from wireplan.rim.images.tools import sink
from wireplan.rim.images.tools.sink import Kept

LONG = 30.0


@contextmanager
def taking(kept: Kept, token: str) -> Iterator[str]:
    """The address of a gateway that runs."""
    found = sink.server(("127.0.0.1", 0), sink.Taking, kept=kept, token=token)
    thread = Thread(target=found.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{found.server_address[1]}/v1/messages"
    finally:
        found.shutdown()
        thread.join()
        found.server_close()


def handed_in(url: str, shown: str = "") -> int:
    """Hand a message in; what is answered."""
    headers = {"idempotency-key": "1", "connection": "close", **({"authorization": shown} if shown else {})}
    body = json.dumps({"to": "device-1", "text": "Ready"}).encode()
    try:
        with urlopen(Request(url, body, headers), timeout=LONG) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("token", "shown", "status"),
    [
        ("both know", "Bearer both know", 202),
        ("both know", "Bearer another", 401),
        ("both know", "Bearer \xe4", 401),
        ("both know", "", 401),
        ("", "", 202),
    ],
)
def test_a_gateway_takes_from_who_shows_what_the_topology_says(token: str, shown: str, status: int) -> None:
    """A system outside without `auth` is sent to without a token: what stands in for it asks for none."""
    kept = Kept()
    with taking(kept, token) as url:
        assert handed_in(url, shown) == status
    assert len(kept.listed()) == (status == 202)


def test_what_is_kept_is_the_newest_and_fits_a_small_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sink, "CHARACTERS", 250)
    kept = Kept()
    for key in "abc":
        kept.add(key, {"to": "x", "text": "y" * 100})
        kept.add(key, {"to": "x", "text": "y" * 100})
    assert [(each["key"], each["copies"]) for each in kept.listed()] == [("b", 2), ("c", 2)]
    kept.forget()
    kept.add("d", {"to": "x", "text": "y" * 1000})
    assert [each["key"] for each in kept.listed()] == ["d"], (
        "one that is larger than all is kept while it is the only one"
    )
