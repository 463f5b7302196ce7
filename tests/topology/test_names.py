"""Names fit where they are read, and one that fits is never changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.topology import names


def test_a_name_that_fits_stays() -> None:
    assert names.fit("a" * 63, 63) == "a" * 63


def test_a_name_that_is_too_long_is_cut_at_its_end_and_stays_unique() -> None:
    one, two = names.fit("a" * 70, 63), names.fit("a" * 69 + "b", 63)
    assert len(one) == len(two) == 63
    assert one != two
    assert one.startswith("a" * 54 + "-")


@given(st.text("abc-.", min_size=1, max_size=300), st.integers(20, 249))
def test_every_name_is_within_its_limit(text: str, limit: int) -> None:
    found = names.fit(text, limit)
    assert len(found) <= limit
    assert found == names.fit(text, limit)


@pytest.mark.row("M6")
def test_a_stateful_set_has_room_for_its_suffixes() -> None:
    """The longest service name and what Kubernetes adds to it stay a DNS label."""
    assert names.WORKLOAD + len("-7d9f8c6b5d") <= names.LABEL


def test_names_of_the_plan() -> None:
    assert names.dns("upload", "tube") == "upload.tube.svc.cluster.local"
    assert names.postgres("main") == "pg-main"
    assert names.database_secret("main", "video_files") == "pg-main-video-files"
    assert names.retry_topic("video.uploaded", "processing", "5s") == "video.uploaded.processing.retry.5s"
    assert names.dead_letter_topic("video.uploaded", "processing") == "video.uploaded.processing.dlt"
    assert names.module("tube", "push-sender") == "tube_push_sender"
    assert names.url("tube.localhost", 8443) == "https://tube.localhost:8443"
    assert names.url("tube.example", 443) == "https://tube.example"


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ("builtin", "kafka.t.svc.cluster.local:9092"),
        ("strimzi", "kafka-kafka-bootstrap.t.svc.cluster.local:9092"),
    ],
)
def test_kafka_is_found_where_its_provider_puts_it(provider: str, host: str) -> None:
    assert names.kafka_bootstrap(provider, "t") == host
