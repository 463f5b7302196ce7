"""Reading a topology and all it refers to: overlays, protos, and what a person is told when something is not there."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner
from wireplan.commands.app import build
from wireplan.rim import contracts, home, sources
from wireplan.rim.sources import Faulty
from wireplan.rim.trouble import Trouble

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube" / "topology.yaml"

TOPOLOGY = """\
system: s
contracts: {protos: protos}
services:
  a: {serves: x.v1.A}
  w: {consumes: {made: {}}}
topics:
  made: {message: x.v1.Made, key: id}
"""
PROTO = """\
syntax = "proto3";
package x.v1;
service A {
  rpc Get(GetRequest) returns (GetResponse) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Put(GetRequest) returns (GetResponse) { option idempotency_level = IDEMPOTENT; }
  rpc Add(GetRequest) returns (GetResponse);
}
message GetRequest {}
message GetResponse { message Inner { string deep = 1; } }
message Made { string id = 1; int32 size = 2; }
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "cache"))
    return home.cache()


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    """A system with protos."""
    write(tmp_path / "protos" / "x" / "v1" / "x.proto", PROTO)
    return write(tmp_path / "topology.yaml", TOPOLOGY)


def write(path: Path, text: str) -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def told(path: Path, environment: str | None = None) -> list[str]:
    """Findings, as code and sentence."""
    return [f"{f.code} {f.what}" for f in sources.sources(path, environment).findings]


@pytest.mark.row("P6")
def test_contracts_are_read_with_what_may_be_repeated(topology: Path) -> None:
    found = sources.topology(topology)
    methods = found.contracts["x.v1.A"].methods
    assert {m.name: m.idempotency.value for m in methods.values()} == {
        "Get": "NO_SIDE_EFFECTS",
        "Put": "IDEMPOTENT",
        "Add": "IDEMPOTENCY_UNKNOWN",
    }
    assert (methods["Get"].request, methods["Get"].response) == ("x.v1.GetRequest", "x.v1.GetResponse")
    assert found.messages["x.v1.Made"] == ("id", "size")
    assert found.messages["x.v1.GetResponse.Inner"] == ("deep",)


def test_what_declares_the_rules_of_messages_is_known_to_be_there_and_no_contract(topology: Path) -> None:
    rules = 'syntax = "proto3"; package buf.validate; message FieldRules { string a = 1; } message Other {}'
    write(topology.parent / "protos" / "buf" / "validate" / "validate.proto", rules)
    found = sources.topology(topology)
    assert found.proto_files["buf.validate.FieldRules"] == "buf/validate/validate.proto"
    assert not [name for name in found.messages if name.startswith("buf.")]


def test_a_contract_that_is_not_in_the_protos_is_a_fault(topology: Path) -> None:
    topology.write_text(TOPOLOGY.replace("x.v1.A}", "x.v1.AA}"))
    assert told(topology) == ["YML032 the protos have no gRPC service x.v1.AA; did you mean x.v1.A?"]
    with pytest.raises(Faulty) as error:
        sources.topology(topology)
    assert [f.code for f in error.value.findings] == ["YML032"]
    assert "topology.yaml:4:15" in error.value.why


RICH = """\
message Rich {
  enum State { UNKNOWN = 0; }
  sint64 n = 1;
  repeated string tags = 2;
  map<string, int32> counts = 3;
  State state = 4;
  Made made = 5;
  oneof o { bytes raw = 6; }
}
"""


def test_what_a_field_holds_is_known_and_kept(topology: Path) -> None:
    folder = topology.parent / "protos"
    write(folder / "x" / "v1" / "x.proto", PROTO + RICH)
    for again in range(2):
        assert contracts.compiled(folder, "protos").schema.kinds["x.v1.Rich"] == {
            "n": "sint64",
            "tags": "repeated string",
            "counts": "repeated x.v1.Rich.CountsEntry",
            "state": "enum x.v1.Rich.State",
            "made": "x.v1.Made",
            "raw": "bytes",
        }, again


def test_a_version_that_the_proto_holds_as_text_is_told_at_its_place(topology: Path) -> None:
    topology.write_text(TOPOLOGY.replace("key: id", "key: id, version: id"))
    (found,) = sources.sources(topology).findings
    assert (found.code, found.at.line, found.at.column) == ("YML031", 7, 48)
    topology.write_text(TOPOLOGY.replace("key: id", "key: id, version: size"))
    assert sources.topology(topology).topics["made"].version == "size"


def test_protos_that_do_not_compile_are_told_at_their_place(topology: Path) -> None:
    write(
        topology.parent / "protos" / "x" / "v1" / "y.proto",
        'syntax = "proto3";\nmessage M {\n  strin a = 1;\n}\n',
    )
    (finding,) = sources.sources(topology).findings
    assert finding.code == "YML033"
    assert (Path(finding.at.file).name, finding.at.line, finding.at.column) == ("y.proto", 3, 3)
    assert '"strin" is not defined' in finding.what


def test_an_empty_folder_of_protos_is_a_warning_where_something_refers_to_them(topology: Path) -> None:
    (topology.parent / "protos" / "x" / "v1" / "x.proto").unlink()
    assert [t.split()[0] for t in told(topology)] == ["YML045"]
    assert sources.sources(topology).topology is not None
    topology.write_text("system: s\ncontracts: {protos: nowhere}\nservices: {a: {}}\n")
    assert told(topology) == []


def test_compiled_protos_are_kept_by_their_content(
    topology: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources.topology(topology)
    (kept,) = (cache / "contracts").iterdir()

    def unwanted(*_: object) -> bytes:
        raise AssertionError("protoc ran although nothing changed")

    monkeypatch.setattr(contracts, "descriptors", unwanted)
    assert sources.topology(topology).messages["x.v1.Made"] == ("id", "size")
    write(topology.parent / "protos" / "more.proto", 'syntax = "proto3";\n')
    with pytest.raises(AssertionError):
        sources.topology(topology)
    assert kept.is_file()


def test_a_damaged_or_older_cache_is_made_anew(topology: Path, cache: Path) -> None:
    sources.topology(topology)
    (kept,) = (cache / "contracts").iterdir()
    whole = kept.read_text()
    for damaged in ("", "{", "[]", '{"version": 0}', '{"version": 1}'):
        kept.write_text(damaged)
        assert sources.topology(topology).contracts
        assert kept.read_text() == whole


def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(
    topology: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "file", "")
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "file"))
    assert sources.topology(topology).contracts


def test_a_check_of_unchanged_protos_imports_no_protobuf(topology: Path) -> None:
    """Importing protobuf takes as long as the rest of a small check."""
    sources.topology(topology)
    program = (
        "import sys; from pathlib import Path; from wireplan.rim import sources; "
        f"sources.topology(Path({str(topology)!r})); "
        "print([m for m in sys.modules if m.startswith(('google.protobuf', 'grpc', 'jinja2', 'pulumi', 'kubernetes'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_environment_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(Trouble) as error:
        sources.topology(TUBE, "lokal")
    assert error.value.what == "there is no environment lokal; did you mean local?"
    assert "local, prod, staging" in error.value.fix


@pytest.mark.parametrize("name", ["../local", "/etc/passwd", "a/b", "x" * 300, "a\0b"])
def test_an_environment_is_a_file_beside_the_topology_and_nowhere_else(name: str) -> None:
    with pytest.raises(Trouble, match="there is no environment"):
        sources.topology(TUBE, name)


@pytest.mark.parametrize(
    "words", [["dead-letters", "list"], ["dead-letters", "show", "a/0/1"], ["sagas"], ["render"], ["show", "kafka", "--env", "prod"]], ids=" ".join
)  # fmt: skip
@pytest.mark.parametrize("place", ["", "shop.yaml"])
def test_a_topology_that_is_not_there_is_no_missing_environment(
    words: list[str], place: str, tmp_path: Path
) -> None:
    said = CliRunner().invoke(build(), [*words[:1], *words[1:], str(tmp_path / place)]).exception
    assert isinstance(said, Trouble)
    missing = tmp_path / (place or "topology.yaml")
    assert said.what == f"{missing} is not there"
    assert said.fix.startswith("name a topology file")


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="is not there"):
        sources.sources(tmp_path / "topology.yaml")
    with pytest.raises(Trouble, match="cannot be read"):
        sources.sources(tmp_path)


def test_environments_are_the_overlays_beside_the_file(topology: Path) -> None:
    """Other YAML may lie there, too, some of it with keys of ours; an overlay says that it is for an environment."""
    assert sources.environments(TUBE) == ("local", "prod", "staging")
    for name, text in {
        "small": "environment: {}\nservices: {a: {replicas: 1}}\n",
        "ci": "environment: {profile: dev}\nservises: {}\n",
        "compose": "services: {a: {image: a}}\n",
        "render": "services: []\ndatabases: []\n",
        "other": "system: other\nservices: {}\n",
        "list": "- a\n",
        "Pulumi.local": "environment: {}\n",
    }.items():
        write(topology.with_name(f"{name}.yaml"), text)
    assert sources.environments(topology) == ("ci", "small")


def test_a_file_that_says_no_environment_is_laid_over_where_it_is_asked_for(topology: Path) -> None:
    write(topology.with_name("small.yaml"), "services: {a: {replicas: 1}}\n")
    assert sources.topology(topology, "small").services["a"].replicas.max == 1


@pytest.mark.parametrize(
    ("overlays", "named", "found"),
    [((), None, None), (("prod",), None, "prod"), (("prod", "local"), None, "local"), (("prod", "test"), None, None), ((), "x", "x")],
)  # fmt: skip
def test_the_environment_that_is_meant(
    overlays: tuple[str, ...], named: str | None, found: str | None, tmp_path: Path
) -> None:
    file = write(tmp_path / "topology.yaml", TOPOLOGY)
    for overlay in overlays:
        write(tmp_path / f"{overlay}.yaml", "environment: {}\n")
    assert sources.chosen(file, named) == found


def test_an_environment_is_called_as_its_overlay(topology: Path) -> None:
    overlay = write(topology.with_name("local.yaml"), "environment: {profile: dev}\n")
    assert sources.topology(topology, "local").environment.name == "local"
    overlay.write_text("environment: {name: other}\n")
    assert told(topology, "local") == ['YML025 the overlay local calls its environment "other"']


@pytest.mark.parametrize("environment", [None, "local", "staging", "prod"])
def test_the_reference_system_has_no_findings(environment: str | None) -> None:
    assert told(TUBE, environment) == []
