"""`buf lint` and `buf breaking` through Wireplan: real protos, a real buf, a real git repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from wireplan.findings import Finding, Severity
from wireplan.rim import agreements, validation
from wireplan.rim.trouble import Trouble

from tests.protos import ORDERS

pytestmark = pytest.mark.thorough

TOPOLOGY = """\
system: shop
contracts: {protos: protos}
services:
  orders: {serves: shop.v1.OrderService, publishes: [placed]}
  mail: {kind: worker, consumes: {placed: {}}}
topics:
  placed: {message: shop.v1.Placed, key: order_id, retention: 3d}
databases: {main: {databases: [orders]}}
"""
PROTO = f"""\
{ORDERS}
// Placed says that one was taken.
message Placed {{
  string order_id = 1;
  int64 cents = 2;
}}
"""
PLACE = Path("protos/shop/v1/shop.proto")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which only these tests put anything; what was compiled is found again by its content."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed system, and the folder that the test stands in; the buf of the tests' environment is on PATH."""
    monkeypatch.setenv("WIREPLAN_HOME", str(cache))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "shop"
    write(folder / "topology.yaml", TOPOLOGY)
    write(folder / PLACE, PROTO)
    monkeypatch.chdir(folder)
    git("init", "--quiet", "--initial-branch=main")
    commit()
    return folder


def write(path: Path, text: str) -> None:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def git(*words: str) -> None:
    """git in the current folder, as nobody in particular."""
    who = ["-c", "user.name=n", "-c", "user.email=n@example"]
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


def commit() -> None:
    """All that is there, as one more commit."""
    git("add", "--all")
    git("commit", "--quiet", "--message", "x")


def found(against: str | None = None, path: str = "topology.yaml") -> list[Finding]:
    """What buf adds to a run."""
    file = Path(path)
    run = agreements.added(validation.validate(file), file, against)
    return [each.finding for each in run.seen() if each.finding.code.startswith(("PRO", "YML"))]


def told(against: str | None = None) -> list[str]:
    """The same as place, code and buf's rule."""
    return [f"{each.at} {each.code} {each.what.rpartition(' ')[2]}" for each in found(against)]


def edit(old: str, new: str) -> None:
    """Change the contract."""
    assert old in PROTO
    PLACE.write_text(PROTO.replace(old, new))


def test_contracts_by_the_rules_and_as_they_were_add_nothing() -> None:
    assert found("HEAD") == []


def test_a_lint_has_its_place_in_the_proto_by_the_rules_of_buf_yaml() -> None:
    edit("int64 cents", "int64 Cents")
    assert told() == [f"{PLACE}:26:9 PRO001 (FIELD_LOWER_SNAKE_CASE)"]
    write(Path("protos/buf.yaml"), "version: v2\nlint: {use: [STANDARD], except: [FIELD_LOWER_SNAKE_CASE]}\n")
    assert told() == []


def test_a_buf_yaml_above_the_protos_counts_as_well() -> None:
    edit("// Placed says that one was taken.\n", "")
    assert told() == []
    write(
        Path("buf.yaml"),
        "version: v2\nmodules: [{path: protos}]\nlint: {use: [COMMENTS], except: [COMMENT_FIELD]}\n",
    )
    assert told() == [f"{PLACE}:23:1 PRO001 (COMMENT_MESSAGE)"]


def test_what_breaks_a_revision_has_its_place_its_readers_and_how_long_records_stay() -> None:
    edit("int64 cents", "string cents")
    (one,) = found("HEAD")
    assert (str(one.at), one.code) == (f"{PLACE}:26:3", "PRO003")
    assert 'Records of placed are kept 3d (line 7), written by "orders", read by "mail".' in one.why
    assert [str(each.at) for each in one.related] == ["topology.yaml:7:21"]
    assert told() == []


WAIVER = "waivers: [{allow: %s, until: 2999-01-01, reason: a test%s}]\n"


@pytest.mark.parametrize("word", ["PRO001", "contract-against-its-own-rules"])
@pytest.mark.parametrize("on", ["", ", on: contracts"])
def test_a_waiver_allows_what_buf_lint_finds_and_is_used_by_it(word: str, on: str) -> None:
    edit("int64 cents", "int64 Cents")
    Path("topology.yaml").write_text(TOPOLOGY + WAIVER % (word, on))
    assert every() == []
    PLACE.write_text(PROTO)
    assert every() == ["topology.yaml:9:11 WAI001"], "buf was asked, and finds nothing that it could allow"


def test_a_waiver_allows_what_breaks_a_revision_and_nothing_else() -> None:
    edit("int64 cents", "string Cents")
    Path("topology.yaml").write_text(TOPOLOGY + WAIVER % ("PRO003", ""))
    assert every("HEAD") == [f"{PLACE}:26:10 PRO001"]
    base = agreements.Base("HEAD", Path.cwd(), Path.cwd())
    assert agreements.broken(Path("topology.yaml"), [None], base) == ()


def test_a_waiver_of_what_was_not_looked_for_is_not_called_idle() -> None:
    Path("topology.yaml").write_text(TOPOLOGY + WAIVER % ("PRO003", ""))
    run = validation.validate(Path("topology.yaml"))
    assert [each.finding.code for each in run.seen()] == [], "buf is not asked"
    assert every() == [], "it is not asked what breaks a revision"
    assert every("HEAD") == ["topology.yaml:9:11 WAI001"]


def test_a_waiver_past_its_day_allows_nothing_that_buf_finds() -> None:
    edit("int64 cents", "int64 Cents")
    Path("topology.yaml").write_text(TOPOLOGY + (WAIVER % ("PRO001", "")).replace("2999", "2001"))
    assert every() == [f"{PLACE}:26:9 PRO001", "topology.yaml:9:34 WAI002"]


@pytest.mark.parametrize("word", ["PRO001", "contract-against-its-own-rules"])
def test_what_buf_finds_is_as_bad_as_the_topology_says(word: str) -> None:
    edit("int64 cents", "int64 Cents")
    Path("topology.yaml").write_text(f"{TOPOLOGY}rules: {{severity: {{{word}: error}}}}\n")
    (one,) = found()
    assert (one.code, one.severity) == ("PRO001", Severity.ERROR)
    assert [(str(each.at), each.note) for each in one.related][-1][1] == "error by this line, else warning"


def test_what_buf_finds_of_an_enforced_code_is_lifted_by_no_waiver_which_is_told_once() -> None:
    edit("int64 cents", "int64 Cents")
    enforced = "rules: {enforced: [PRO001], severity: {PRO001: note}}\n"
    Path("topology.yaml").write_text(TOPOLOGY + enforced + WAIVER % ("PRO001", ""))
    assert every() == [f"{PLACE}:26:9 PRO001", "topology.yaml:9:48 WAI003", "topology.yaml:10:19 WAI003"]
    (one,) = [each for each in found() if each.code == "PRO001"]
    assert (one.severity, one.enforced) == (Severity.WARNING, True)
    PLACE.write_text(PROTO)
    assert every() == ["topology.yaml:9:48 WAI003", "topology.yaml:10:19 WAI003"]


def test_a_waiver_of_an_overlay_is_for_its_environment_alone() -> None:
    edit("int64 cents", "int64 Cents")
    Path("local.yaml").write_text("environment: {profile: dev}\n" + WAIVER % ("PRO001", ""))
    Path("prod.yaml").write_text("environment: {profile: prod}\n")
    run = agreements.added(validation.validate(Path("topology.yaml")), Path("topology.yaml"))
    (one,) = [each for each in run.seen() if each.finding.code == "PRO001"]
    assert one.environments == ("prod",)


def every(against: str | None = None) -> list[str]:
    """Place and code of all that is found, with buf."""
    file = Path("topology.yaml")
    run = agreements.added(validation.validate(file), file, against)
    return [f"{each.finding.at} {each.finding.code}" for each in run.seen()]


def test_the_index_and_the_working_tree_are_left_alone() -> None:
    edit("int64 cents", "string cents")
    found("HEAD")
    done = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True)
    assert done.stdout == f" M {PLACE}\n"


def test_what_is_wrong_with_a_contract_is_one_finding_however_many_environments_use_it() -> None:
    edit("int64 cents", "string cents")
    Path("local.yaml").write_text("environment: {profile: dev}\ntopics: {placed: {retention: 1d}}\n")
    Path("prod.yaml").write_text("environment: {profile: prod}\ntopics: {placed: {retention: 9d}}\n")
    run = agreements.added(validation.validate(Path("topology.yaml")), Path("topology.yaml"), "HEAD")
    (one,) = [each for each in run.seen() if each.finding.code == "PRO003"]
    assert one.environments == ("local", "prod")
    assert "kept 9d" in one.finding.why, "the strictest environment's"
    assert PLACE.read_text() == run.sources[str(PLACE)]


def test_a_deleted_file_is_told_where_the_topology_names_the_protos() -> None:
    write(Path("protos/shop/v2/more.proto"), PROTO.replace("shop.v1", "shop.v2"))
    commit()
    Path("protos/shop/v2/more.proto").unlink()
    assert told("HEAD") == ["topology.yaml:2:21 PRO002 (FILE_NO_DELETE)"]


def test_protos_that_moved_are_compared_with_where_the_topology_had_them() -> None:
    git("mv", "protos", "contracts")
    moved = Path("contracts/shop/v1/shop.proto")
    moved.write_text(PROTO.replace("int64 cents", "string cents"))
    Path("topology.yaml").write_text(TOPOLOGY.replace("{protos: protos}", "{protos: contracts}"))
    assert told("HEAD") == [f"{moved}:26:3 PRO003 (FIELD_SAME_TYPE)"]


def test_the_first_protos_break_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    git("checkout", "--quiet", "--orphan", "empty")
    git("rm", "--quiet", "-r", "--cached", ".")
    git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    assert found("HEAD") == []
    assert "HEAD has no protos: there is nothing to compare with" in capfd.readouterr().err


def test_protos_that_protoc_refuses_are_told_once_and_not_by_buf_again() -> None:
    edit("message Placed {", "message {")
    assert {each.code for each in found("HEAD")} == {"YML033"}


def test_what_only_buf_refuses_is_told_as_bad_protos() -> None:
    write(Path("protos/buf.yaml"), "version: v2\nmodules: [{path: shop}]\n")
    write(
        Path("protos/shop/v1/other.proto"),
        PROTO.replace("shop.v1;", 'shop.v1.other;\nimport "shop/v1/shop.proto";').replace(
            "OrderService", "OtherService"
        ),
    )
    (one,) = found()
    assert (one.code, one.at.file) == ("YML033", "protos/shop/v1/other.proto")
    assert one.what == "imported file does not exist"


def test_a_revision_whose_protos_cannot_be_read_is_trouble_and_no_tick() -> None:
    edit("message Placed {", "message {")
    commit()
    PLACE.write_text(PROTO)
    with pytest.raises(Trouble, match="the protos of HEAD cannot be read") as trouble:
        found("HEAD")
    assert "shop/v1/shop.proto:24:" in trouble.value.why


def test_an_unknown_revision_is_trouble_that_blames_a_shallow_clone_only_where_it_is_one() -> None:
    with pytest.raises(Trouble, match="there is no revision nowhere") as trouble:
        found("nowhere")
    assert trouble.value.why == "no branch, tag or commit here has that name"
    head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout
    Path(".git/shallow").write_text(head)
    with pytest.raises(Trouble, match="there is no revision nowhere") as trouble:
        found("nowhere")
    assert "shallow clone" in trouble.value.why


def test_without_git_it_is_git_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(Trouble, match="git"):
        found("HEAD")


def test_a_renamed_field_is_reserved_by_its_old_name() -> None:
    edit("int64 cents", "int64 pennies")
    (one,) = [each for each in found("HEAD") if each.code == "PRO003"]
    number = one.what.split('"')[1]
    assert f'`reserved {number}; reserved "cents";`' in one.fix


@pytest.mark.parametrize("contracts", ["", "contracts: {protos: elsewhere}\n"])
def test_a_system_without_protos_is_trouble_and_no_tick(contracts: str) -> None:
    Path("topology.yaml").write_text(f"system: shop\n{contracts}services: {{web: {{serves_http: http2}}}}\n")
    with pytest.raises(Trouble, match="no contract was checked"):
        found()


def test_a_topology_that_cannot_be_read_keeps_its_findings() -> None:
    Path("topology.yaml").write_text("system: shop\nservices: [\n")
    assert [each.code for each in found()] == ["YML016"]


def test_settings_that_buf_does_not_understand_are_trouble_in_its_words() -> None:
    write(Path("protos/buf.yaml"), "version: v2\nlint: {use: [NO_SUCH_RULE]}\n")
    with pytest.raises(Trouble, match="buf lint could not look") as trouble:
        found()
    assert "NO_SUCH_RULE" in trouble.value.why


def test_without_a_buf_there_is_a_sentence_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"].partition(os.pathsep)[2])
    monkeypatch.setattr("wireplan.rim.engines.packages.machine", lambda: "a machine without wheels")
    with pytest.raises(Trouble, match="buf could not be had") as trouble:
        found()
    assert "put buf" in trouble.value.fix
