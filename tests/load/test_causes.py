"""At most one finding for one cause, over all environments of the reference system."""

import re
from pathlib import Path

import pytest
from wireplan.findings import Place
from wireplan.rim import validation

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"
OVERLAYS = ("local", "staging", "prod")
OVERLAID = r"(?m)^services:\n  gateway: \{graphql: true\}[^\n]*\n  notifications: [^\n]*\n"
"""What an overlay says of two services: a second cause where a case takes one of them away."""


def found(folder: Path, text: str, overlays: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """Code and text of what is found in tube with another topology file, and other overlays."""
    for name in OVERLAYS:
        own = re.sub(OVERLAID, "", (TUBE / f"{name}.yaml").read_text())
        (folder / f"{name}.yaml").write_text((overlays or {}).get(name, own))
    protos = str(TUBE.parents[1] / "protos")
    (folder / "topology.yaml").write_text(text.replace("../../protos", protos))
    run = validation.validate(folder / "topology.yaml")
    return [(each.finding.code, each.finding.what) for each in run.told()]


def tube(*changes: tuple[str, str]) -> str:
    """The topology of tube, with parts of it replaced."""
    text = (TUBE / "topology.yaml").read_text()
    for pattern, new in changes:
        text, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE | re.DOTALL)
        assert count == 1, f"the change no longer fits: {pattern}"
    return text


def without(service: str) -> tuple[str, str]:
    """The change that takes a service out of the file."""
    return rf"^  {service}:[^\n]*\n(?:    [^\n]*\n)*", ""


CAUSES = [
    *((f"no {name}", [without(name)], f'no service is called "{name}"') for name in ("gateway", "auth", "upload", "processing", "catalog", "media")),
    ("a service was renamed", [("^  upload: #", "  uploads: #")], 'no service is called "upload"; did you mean uploads?'),
    ("no topic of two", [(r"^  video\.uploaded: \{pattern[^\n]*\n", "")], 'no topic is called "video.uploaded"; did you mean video.unwanted?'),
    ("no topic at all", [(r"^topics:.*?^sagas", "sagas"), *[("    on: topics[^\n]*\n", "")] * 4], 'topics are used, but there is no topics: section'),
    ("a database that is not listed", [(r"\[accounts, ", "[")], 'no database is called "accounts"'),
    ("no cluster", [(r"^databases:.*?^caches", "caches")], 'databases are used, but there is no databases: section'),
    ("no cache", [(r"^caches[^\n]*\n", "")], 'cache "fast" is used, but there is no caches: section'),
    ("no bucket", [(r"^buckets[^\n]*\n", "")], 'buckets are used, but there is no buckets: section'),
    ("a unit for all", [("deadline: 1s, retry", "deadline: 1, retry")], "defaults.calls.deadline: 1 is not a duration"),
    ("a unit for one", [("timeout: 120s", "timeout: 120")], "services.processing.consumes.video.uploaded.handler.timeout: 120 is not a duration"),
    ("one broker", [("brokers: 3", "brokers: 1")], 'durable topic "video.uploaded" (and 5 more) acknowledges a record that one broker holds'),
    ("one instance", [("instances: 3", "instances: 1")], 'database "main" promises rpo 0, but may lose acknowledged writes at a failover'),
    ("tokens", [(r"^    tokens: [^\n]*\n", "")], "auth issues no tokens"),
    ("contract", [("v1.AuthService", "v1.AuthServce")], "the protos have no gRPC service tube.auth.v1.AuthServce; did you mean tube.auth.v1.AuthService?"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), [each[1:] for each in CAUSES], ids=[each[0] for each in CAUSES])
def test_one_cause_gives_one_finding(changes: list[tuple[str, str]], said: str, tmp_path: Path) -> None:
    assert [what for _, what in found(tmp_path, tube(*changes))] == [said]


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("services: {upload: null}", 'no service is called "upload"'),
        (
            "topics: {video.processed: null}",
            'no topic is called "video.processed"; did you mean video.uploaded?',
        ),
    ],
)
def test_an_overlay_that_takes_a_part_out_gives_one_finding(part: str, said: str, tmp_path: Path) -> None:
    local = re.sub(OVERLAID, "", (TUBE / "local.yaml").read_text()).replace("edges:", f"{part}\nedges:")
    assert [what for _, what in found(tmp_path, tube(), {"local": local})] == [said]


def test_a_name_that_is_used_twice_has_its_other_uses_beside_and_no_edit(tmp_path: Path) -> None:
    found(tmp_path, tube((r"^  video\.uploaded: \{pattern[^\n]*\n", "")))
    (seen,) = validation.validate(tmp_path / "topology.yaml").told()
    assert [each.note for each in seen.finding.related] == ["used here, too"] * 3
    assert seen.finding.edit is None, "what it names is missing: no use of it is mistyped"
    assert seen.environments == ("local", "prod", "staging")


def test_a_value_for_all_is_one_cause(tmp_path: Path) -> None:
    text = tube(("defaults:\n", "defaults:\n  topics: {min_insync_replicas: 1}\n"))
    said = 'durable topic "video.uploaded" acknowledges a record that one broker holds (and 5 more by the same line)'
    assert found(tmp_path, text) == [("KAF002", said)]


WAIVER = "waivers:\n  - {allow: KAF001, on: services.media, until: 2999-01-01, reason: a test}\n"


def test_a_waiver_may_speak_of_what_another_environment_lacks(tmp_path: Path) -> None:
    """It is unused everywhere, which is said, and not that its place is unknown where the part is taken out."""
    local = re.sub(r"(?m)^waivers:[^\n]*\n", "", re.sub(OVERLAID, "", (TUBE / "local.yaml").read_text()))
    lacks = local.replace("edges:", "services: {media: null}\nedges:").replace(
        "  cdn: {host", "  cdn: null\n  unused: {host"
    )
    lacks = lacks.replace(
        "  unused: {host: cdn.tube.localhost, port: 8444, replicas: 1} # loopback has one way in a port\n", ""
    )
    codes = [code for code, _ in found(tmp_path, tube(("^waivers:\n", WAIVER)), {"local": lacks})]
    assert codes == ["WAI001"]


def test_an_environment_with_waivers_of_its_own_uses_none_of_the_files(tmp_path: Path) -> None:
    local = re.sub(r"(?m)^waivers:[^\n]*\n", "", (TUBE / "local.yaml").read_text()) + "waivers: []\n"
    codes = [code for code, _ in found(tmp_path, tube(("^waivers:\n", WAIVER)), {"local": local})]
    assert [code for code in codes if code != "DRL001"] == ["WAI001"]  # what the file waives, local does not


def place(at: Place) -> str:
    """A place without its folder."""
    return f"{Path(at.file).name}:{at.line}"


def test_an_edge_that_only_overlays_have_is_one_finding_however_many_size_it(tmp_path: Path) -> None:
    said = "environment: {profile: dev}\nedges:\n  entrance: {replicas: 2, host: a.example}\n"
    sized = dict.fromkeys(OVERLAYS, said)
    common = "system: shop\nservices: {web: {kind: http, serves_http: http2}}\n"
    edge = "edges: {entrances: {host: a.example, routes: [{path: /, to: web}]}}\n"
    for name, text in {**sized, "topology": common + edge}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    (seen,) = validation.validate(tmp_path / "topology.yaml").told()
    assert seen.finding.what == 'no edge is called "entrance"; did you mean entrances?'
    assert seen.environments == tuple(sorted(OVERLAYS))
    assert [place(seen.finding.at), *(place(each.at) for each in seen.finding.related)] == [
        f"{name}.yaml:3" for name in sorted(OVERLAYS)
    ]
    (tmp_path / "topology.yaml").write_text(common + edge + "buckets: {films: {uploads_through: entrance}}\n")
    (seen,) = validation.validate(tmp_path / "topology.yaml").told()
    assert place(seen.finding.at) == "topology.yaml:4", (
        "where the file uses the name, that is the first place"
    )


def test_a_service_that_only_overlays_size_is_one_finding_as_well(tmp_path: Path) -> None:
    (tmp_path / "topology.yaml").write_text("system: shop\nservices: {mails: {kind: worker}}\n")
    for name in OVERLAYS:
        (tmp_path / f"{name}.yaml").write_text("environment: {}\nservices: {mail: {replicas: 2}}\n")
    (seen,) = validation.validate(tmp_path / "topology.yaml").told()
    assert seen.finding.what == 'no service is called "mail"; did you mean mails?'


def test_an_edge_that_an_overlay_adds_is_its_own(tmp_path: Path) -> None:
    """It has routes; what else it lacks is its own fault."""
    (tmp_path / "topology.yaml").write_text(
        "system: shop\nservices: {web: {kind: http, serves_http: http2}}\n"
    )
    whole = "environment: {profile: dev}\nedges: {more: {host: a.example, routes: [{path: /, to: web}]}}\n"
    (tmp_path / "local.yaml").write_text(whole)
    assert validation.validate(tmp_path / "topology.yaml").told() == []
    (tmp_path / "local.yaml").write_text(whole.replace("host: a.example, ", ""))
    (seen,) = validation.validate(tmp_path / "topology.yaml").told()
    assert seen.finding.what == 'edges.more lacks "host"'


EXTERNAL = "system: shop\nenvironment: {kafka: external}\nservices: {a: {}}\n"


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("kafka: {bootstrap: kafka.example}", ["YML022"]),
        ("kafka: {bootstap: 'kafka.example:9092'}", ["YML020"]),
        ("kafka: 'kafka.example:9092'", ["YML022"]),
        ("kafka: {bootstrap: 'kafka.example:9092'}\nobject_store: {provider: external, endpoint: objects}", ["YML022"]),
        ("kafka: {bootstrap: 'kafka.example:9092'}\nobject_store: {provider: external, endpont: 'https://o.example'}", ["YML020"]),
        ("kafka: {brokers: many}", ["YML022", "YML044"]),
        ("", ["YML044"]),
    ],
)  # fmt: skip
def test_an_address_that_is_mistyped_is_not_missing_as_well(
    written: str, codes: list[str], tmp_path: Path
) -> None:
    (tmp_path / "topology.yaml").write_text(EXTERNAL + written + "\n")
    seen = validation.validate(tmp_path / "topology.yaml").told()
    assert sorted(each.finding.code for each in seen) == codes
