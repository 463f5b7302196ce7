"""How large a message may be where it comes in, and where it may go on."""

from typing import Any

import pytest
from wireplan.topology.sizes import Passage, letters, narrow, passages

from tests.topology.conftest import system

MI = 1024**2
TOPIC = {"message": "x.v1.Made"}


def one(service: dict[str, Any], **parts: Any) -> Passage:
    """The passage of service `a`."""
    topics = {"in": TOPIC, "out": {**TOPIC, "max_message_bytes": "2Mi"}}
    others = {"b": {"serves": "x.v1.B", "grpc": {"max_message_bytes": "8Mi"}}}
    found = passages(system(services={"a": service, **others}, topics=topics, **parts))
    return next(each for each in found if each.service == "a")


def test_what_may_come_in_is_said_by_edges_by_the_server_and_by_topics() -> None:
    edge = {"host": "s.example", "max_body": "1Mi", "routes": [{"path": "/", "to": "a"}]}
    served = one({"kind": "gateway"}, edges={"public": edge})
    assert [(limit.where, limit.size) for limit in served.enters] == [('a request by edge "public"', MI)]
    called = one({"serves": "x.v1.A", "consumes": ["in"]})
    assert [limit.size for limit in called.enters] == [4 * MI, 1_048_588]


def test_an_edge_that_limits_nothing_says_nothing() -> None:
    edge = {"host": "s.example", "routes": [{"path": "/", "to": "a"}]}
    assert one({"kind": "gateway"}, edges={"public": edge}).enters == ()


def test_the_widest_way_on_is_the_one_that_takes_most() -> None:
    found = one({"calls": ["b"], "publishes": ["out"]})
    assert [limit.size for limit in found.leaves] == [8 * MI, 2 * MI]
    assert found.widest.where == 'a call to "b"'


@pytest.mark.parametrize(
    ("own", "keeps"),
    [
        ({}, False),
        ({"database": "d"}, True),
        ({"buckets": {"films": "write"}}, True),
        ({"buckets": {"films": "read"}}, False),
        ({"externals": ["mail"]}, True),
    ],
)
def test_a_service_keeps_what_is_large_where_it_has_a_place_for_it(own: dict[str, Any], keeps: bool) -> None:
    parts = {
        "databases": {"m": {"databases": ["d"]}},
        "buckets": {"films": {}},
        "externals": {"mail": {"kind": "smtp", "url": "smtp://mail.example"}},
    }
    assert one({"calls": ["b"], **own}, **parts).keeps is keeps


@pytest.mark.parametrize(
    ("own", "narrow_"),
    [
        ({"serves": "x.v1.A", "publishes": ["out"]}, True),
        ({"serves": "x.v1.A", "publishes": ["out"], "database": "d"}, False),
        ({"serves": "x.v1.A", "publishes": ["out"], "calls": ["b"]}, False),
        ({"serves": "x.v1.A", "consumes": ["in"]}, False),
        ({"consumes": ["out"], "publishes": ["in"]}, True),
        ({"consumes": ["in"], "publishes": ["out"]}, False),
        ({"consumes": ["out"], "publishes": ["in"], "calls": ["web"]}, False),
    ],
    ids=str,
)
def test_a_service_is_narrow_that_may_be_given_more_than_it_can_keep_or_send(
    own: dict[str, Any], narrow_: bool
) -> None:
    topics = {"in": TOPIC, "out": {**TOPIC, "max_message_bytes": "2Mi"}}
    services = {"a": own, "b": {"serves": "x.v1.B"}, "web": {"kind": "http", "serves_http": "http2"}}
    topology = system(services=services, topics=topics, databases={"m": {"databases": ["d"]}})
    assert [each.service for each in narrow(topology)] == (["a"] if narrow_ else [])


def test_a_record_goes_to_its_consumer_then_to_retry_topics_then_to_dead_letters() -> None:
    topology = system(services={"a": {"consumes": {"in": {"retries": ["5s"]}}}}, topics={"in": TOPIC})
    found = letters(topology, topology.services["a"].consumes["in"])
    assert [limit.size for limit in found] == [100_000_000, 1_048_588 + 4096, 1_048_588 + 4096]
