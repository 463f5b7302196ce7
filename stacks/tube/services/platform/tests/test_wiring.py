"""The wiring: parsed strictly where it matters, leniently where a newer topology may say more."""

import json
from pathlib import Path

import pytest

from tube_platform import wiring
from tube_platform.wiring import WiringError

WHOLE = {
    "version": 1, "system": "demo", "environment": "local", "namespace": "demo", "service": "processing",
    "kind": "grpc", "tier": "critical", "added_later": {"x": 1},
    "grpc": {"port": 50051, "services": ["a.B"], "server_options": {"grpc.max_connection_age_ms": 120000}, "methods": {}},
    "shutdown": {"pre_stop": 5, "drain": 12.0, "grace": 27.0},
    "calls": {"auth": {"target": "dns:///auth:50051", "service": "a.Auth", "deadline": 0.8, "fallback": None}},
    "database": {
        "name": "uploads", "user": "uploads", "write_host": "rw", "read_host": "ro", "password_file": "/p",
        "pool": {"min": 1, "max": 4, "timeout": 2.0, "max_waiting": 16, "max_lifetime": 300, "connect_timeout": 3.0},
        "reads_from_replicas": ["ListVideos"],
    },
    "kafka": {"bootstrap": "kafka:9092"},
    "consumes": {"video.uploaded": {
        "topic": "video.uploaded", "message": "m", "key": "video_id", "group": "processing",
        "dead_letter_topic": "d", "membership": "static",
        "retry_topics": [{"topic": "r5", "delay": 5}, {"topic": "r1m", "delay": 60}],
    }},
    "telemetry": {"otlp_endpoint": None, "sample_ratio": 1.0},
}  # fmt: skip


def test_whole_wiring_becomes_typed() -> None:
    """Nested parts, mappings and lists have their types; what this version does not know is passed over."""
    found = wiring.parse(WHOLE)
    assert found.grpc is not None
    assert found.grpc.services == ("a.B",)
    assert found.calls["auth"].deadline == 0.8
    assert found.database is not None
    assert found.database.pool.max == 4
    assert found.database.reads_from_replicas == ("ListVideos",)
    assert [retry.delay for retry in found.consumes["video.uploaded"].retry_topics] == [5, 60]
    assert found.telemetry.otlp_endpoint is None


def test_absent_parts_are_none_or_default() -> None:
    """A service without a database has none, and asking for it names the disagreement."""
    found = wiring.parse({"version": 1, "system": "s", "service": "a"})
    assert found.database is None
    assert found.ops.port == 9000
    with pytest.raises(WiringError, match="no database"):
        wiring.need(found.database, "database")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"version": 2, "system": "s", "service": "a"}, "version 2"),
        ({"version": 1, "service": "a"}, "system"),
        ({"version": 1, "system": "s", "service": "a", "grpc": {}}, "wiring.grpc"),
        ({"version": 1, "system": "s", "service": "a", "grpc": 5}, "wiring.grpc is no mapping"),
        (
            {"version": 1, "system": "s", "service": "a", "consumes": {"t": {"topic": "t"}}},
            "wiring.consumes.t",
        ),
    ],
)
def test_mistakes_name_their_place(data: dict[str, object], says: str) -> None:
    """What is wrong is said with its path."""
    with pytest.raises(WiringError, match=says):
        wiring.parse(data)


def test_load_reads_the_file_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """WIREPLAN_WIRING names the file; a missing one and one that is not JSON are said plainly."""
    path = tmp_path / "wiring.json"
    monkeypatch.setenv("WIREPLAN_WIRING", str(path))
    with pytest.raises(WiringError, match="cannot be read"):
        wiring.load()
    path.write_text("{")
    with pytest.raises(WiringError, match="not JSON"):
        wiring.load()
    path.write_text(json.dumps(WHOLE))
    assert wiring.load().service == "processing"


def test_secret_is_a_file(tmp_path: Path) -> None:
    """A secret has no line end; a missing one is an error without its content."""
    (tmp_path / "password").write_text("p\n")
    assert wiring.secret(str(tmp_path / "password")) == "p"
    with pytest.raises(WiringError):
        wiring.secret(str(tmp_path / "none"))


def test_numbers_have_the_type_that_is_written_down() -> None:
    """600.0 seconds of a token's life are 600: a message's field for whole seconds takes no float."""
    tokens = {"issuer": "i", "audience": "a", "access_ttl": 600.0}
    found = wiring.parse(
        {"version": 1, "system": "s", "service": "a", "tokens": tokens, "shutdown": {"drain": 12}}
    )
    assert found.tokens is not None
    assert isinstance(found.tokens.access_ttl, int)
    assert isinstance(found.shutdown.drain, float)


def test_a_small_system_is_read() -> None:
    """One edge, and a topic without a key."""
    small = {
        "version": 1,
        "system": "s",
        "service": "a",
        "public": {"base_url": "https://s.example"},
        "publishes": {"t": {"topic": "t", "message": "m", "key": None}},
    }
    found = wiring.parse(small)
    assert found.public == wiring.Public("https://s.example", "")
    assert found.publishes["t"].key is None
