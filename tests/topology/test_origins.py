"""Every value knows where it comes from: a place in a file, a default and its reason, or a formula with its numbers."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from wireplan.rim import sources
from wireplan.topology import defaults, derived, describe, types
from wireplan.topology.describe import described, located, nodes
from wireplan.topology.origins import masked
from wireplan.topology.parts import UnknownPartError
from wireplan.topology.types import Origin, OriginKind, Topology

from tests.topology.conftest import system, tube

ENVIRONMENTS = [None, "local", "staging", "prod"]


def origin(topology: Topology, path: str) -> Origin:
    """The origin of a value by its path with slashes."""
    return topology.origin(*(int(step) if step.isdigit() else step for step in path.split("/")))


def line(found: Origin) -> str:
    """The text of the line that an origin points at, from the file of the reference system."""
    return Path(found.place.file).read_text().splitlines()[found.place.line - 1].strip()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/gateway/calls/auth/deadline", "auth: {deadline: 2s}"),
        ("services/gateway/calls/auth/retry/attempts", "calls: {deadline: 1s, retry: {attempts: 2}}"),
        ("services/gateway/calls/statistics/fallback/kind", "statistics: {deadline: 500ms"),
        ("services/processing/replicas/max", "replicas: 2..4"),
        ("services/processing/consumes/video.uploaded/handler_timeout", "video.uploaded: {group"),
        ("services/processing/resources/memory_limit", "resources: {memory: 512Mi}"),
        ("services/gateway/verifies_tokens_of", "accepts_tokens_of: auth"),
        ("services/catalog/database/reads_from_replicas", "reads_from_replicas: [ListVideos]"),
        ("services/processing/consumes/video.uploaded/handler_mean", "video.uploaded: {group"),
        ("services/catalog/consumes/video.processed/handler_mean", "consumes: {handler: {mean: 50ms}"),
        ("services/catalog/consumes/video.processed/catch_up", "consumes: {handler: {mean: 50ms}"),
        ("topics/video.uploaded/rate", "video.uploaded: {pattern"),
        ("services/media/http_protocol", "serves_http: http2"),
        ("topics/video.processed/partitions", "video.processed: {pattern"),
        ("edges/public/routes/1/to", "- {path: /, to: gateway"),
        ("edges/public/port", "public: {host: tube.localhost, port: 8443"),
        ("environment/profile", "environment: {name: local"),
        ("databases/main/databases/uploads", "databases: [accounts"),
    ],
)
def test_what_was_written_has_its_place(path: str, text: str) -> None:
    found = origin(tube("local"), path)
    assert found.kind is OriginKind.WRITTEN
    assert line(found).startswith(text)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("services/processing/shutdown/grace", "preStop 5s + longest request or record 2m + 10s to close"),
        ("services/auth/shutdown/drain", "the longest of call of gateway 2s, call of upload 1s"),
        ("services/gateway/shutdown/drain", "the longest of request of edge public 10s"),
        (
            "topics/video.uploaded/partitions",
            "3 x 4 instances at most of the consuming service (spec row M4)",
        ),
        (
            "topics/video.uploaded.processing.dlt/retention",
            "at least 14 days and twice video.uploaded's 1w (KAF012)",
        ),
        ("topics/video.uploaded.processing.retry.5s/partitions", "as video.uploaded"),
        ("kafka/resources/memory_request", "2 x heap 384Mi: the page cache serves the records"),
        ("services/processing/consumes/video.uploaded/protocol", "static membership (KAF007)"),
        ("services/upload/publishes/video.uploaded/outbox", "upload has a database"),
    ],
)
def test_what_follows_from_other_values_shows_its_formula(path: str, reason: str) -> None:
    found = origin(tube("local"), path)
    assert (found.kind, found.reason) == (OriginKind.DERIVED, reason)


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        ("20s", OriginKind.WRITTEN),
        ("{mean: 1s}", OriginKind.DEFAULT),
        ("{mean: 1s, timeout: 20s}", OriginKind.WRITTEN),
    ],
)
def test_a_map_says_nothing_of_what_it_does_not_name(handler: str, kind: OriginKind, tmp_path: Path) -> None:
    """`handler: 20s` is its timeout; `handler: {mean: 1s}` leaves the timeout to the default."""
    file = tmp_path / "topology.yaml"
    group = f"services: {{a: {{consumes: {{t: {{handler: {handler}}}}}}}}}"
    file.write_text(f"system: s\n{group}\ntopics: {{t: {{message: x.v1.Made}}}}\n")
    found = sources.topology(file, None)
    assert origin(found, "services/a/consumes/t/handler_timeout").kind is kind


def test_max_connections_shows_the_sum_that_it_is() -> None:
    topology = tube()
    reason = origin(topology, "databases/main/max_connections").reason
    terms = [int(n) for n in re.findall(r"\+ \w+ (\d+) \(", reason)]
    needed = 15 + sum(terms)
    assert reason.startswith("15 reserved + auth 12 ((2 + 1) pods x 4) + ")
    assert (
        topology.databases["main"].max_connections - 25 < needed <= topology.databases["main"].max_connections
    )


def test_a_default_says_why() -> None:
    found = origin(tube(), "services/upload/grpc/max_connection_age")
    assert found.kind is OriginKind.DEFAULT
    assert "grpc/grpc#12295" in found.reason
    assert line(found) == "upload: # rows P8, F2.4"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_value_is_without_an_origin(environment: str | None) -> None:
    topology = tube(environment)
    silent = {
        masked(value.path)
        for node in nodes(topology)
        for value in described(topology, located(topology, node))
        if value.origin.kind is not OriginKind.WRITTEN and not value.origin.reason
    }
    assert silent == set()


def test_no_value_of_a_pooler_is_without_an_origin() -> None:
    topology = system(
        services={"a": {"database": "d"}}, databases={"m": {"databases": ["d"], "pooler": True}}
    )
    values = list(described(topology, located(topology, "databases.m.pooler")))
    assert len(values) == 5
    assert [value.path for value in values if not value.origin.reason] == []


def test_what_defaults_say_of_all_services_writes_no_database() -> None:
    topology = system(defaults={"services": {"replicas": 2}}, services={"a": {}})
    (database,) = described(topology, ("services", "a", "database"))
    assert describe.absent(database)
    assert origin(topology, "services/a/replicas/min").kind is OriginKind.WRITTEN


def test_every_default_and_formula_is_of_a_value_that_there_is() -> None:
    """A renamed field would otherwise leave its default's reason behind."""
    known = {".".join(path) for path in patterns(types.Topology)}
    internal = {
        "services.*.shutdown.reserve", "services.*.grpc.age_reserve", "topics.*.partitions_per_instance",
        "topics.*.dead_letter_retention", "services.*.replicas", "edges.*.replicas", "databases.*.databases.*",
    }  # fmt: skip
    assert {*defaults.TABLE, *derived.FORMULAS} - known - internal == set()


def patterns(kind: type) -> list[tuple[str, ...]]:
    """The pattern of every path there may be in a type."""
    found: list[tuple[str, ...]] = []
    hints = get_type_hints(kind)
    for field in fields(kind):  # pyright: ignore[reportArgumentType]
        found.append((field.name,))
        for part, star in parts(hints[field.name]):
            found.extend((field.name, *star, *below) for below in [(), *patterns(part)])
    return found


def parts(hint: Any) -> list[tuple[type, tuple[str, ...]]]:
    """The dataclasses in a hint, and whether a name stands between."""
    if isinstance(hint, type) and is_dataclass(hint):
        return [(hint, ())]
    named = any(word in str(hint).split("[")[0] for word in ("Mapping", "tuple"))
    return [(part, ("*", *star) if named else star) for arg in get_args(hint) for part, star in parts(arg)]


def test_every_number_is_shown_with_its_unit() -> None:
    """A float is a duration, a rate, a share, a ratio or a factor; each is known by its field."""
    plain = {"failure_ratio", "multiplier"}
    floats = {
        field.name
        for kind in vars(types).values()
        if isinstance(kind, type) and is_dataclass(kind)
        for field in fields(kind)
        if "float" in str(field.type)
    }
    assert floats - describe.SECONDS - describe.RATES - describe.SHARES == plain


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("upload", ("services", "upload")),
        ("services.upload", ("services", "upload")),
        ("upload.shutdown.grace", ("services", "upload", "shutdown", "grace")),
        ("video.uploaded", ("topics", "video.uploaded")),
        ("topics.video.uploaded.processing.retry.5s.partitions", ("topics", "video.uploaded.processing.retry.5s", "partitions")),
        ("processing.consumes.video.uploaded.group", ("services", "processing", "consumes", "video.uploaded", "group")),
        ("kafka", ("kafka",)),
        ("kafka.heap", ("kafka", "heap")),
        ("edges.public.routes.0.path", ("edges", "public", "routes", 0, "path")),
    ],
)  # fmt: skip
def test_a_part_is_found_as_a_person_calls_it(wanted: str, path: tuple[str | int, ...]) -> None:
    assert located(tube(), wanted) == path


@pytest.mark.parametrize(
    "wanted",
    [
        "uplaod",
        "services.uplaod",
        "services.upload.database.pool.max.more",
    ],
)
def test_a_part_that_is_not_there_is_named_with_those_that_are(wanted: str) -> None:
    with pytest.raises(UnknownPartError) as error:
        located(tube(), wanted)
    assert "services.upload" in error.value.known


@pytest.mark.parametrize(
    ("wanted", "near"), [("upload.shutdow", "upload.shutdown"), ("kafka.brokerz", "kafka.brokers")]
)
def test_what_a_part_does_not_have_is_named_with_what_it_has(wanted: str, near: str) -> None:
    with pytest.raises(UnknownPartError) as error:
        located(tube(), wanted)
    assert near in error.value.known
    assert "services.upload" not in error.value.known


def test_a_name_of_two_parts_is_asked_back() -> None:
    topology = system(services={"fast": {}}, caches=["fast"])
    with pytest.raises(UnknownPartError) as error:
        located(topology, "fast")
    assert error.value.known == ("services.fast", "caches.fast")
