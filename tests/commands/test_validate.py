"""`wireplan validate` as a person runs it: what it prints, where, and how it ends."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands import outcome
from wireplan.commands.app import build
from wireplan.rim import checked, mending
from wireplan.rim.trouble import Trouble
from wireplan.rules.cases import parse
from wireplan.rules.check import every

from tests.commands.pages import DOCS

ALL_RULES = Path(__file__).parent / "all_rules" / "topology.yaml"
TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"
GOOD = "system: shop\nservices:\n  orders: {serves_http: http2}\n"
BAD = "system: shop\nservices:\n  orders: {environment: {API_TOKEN: hunter2hunter2}}\n"
SECRETIVE = "environment: {}\nservices: {orders: {environment: {API_TOKEN: hunter2hunter2}}}\n"
BAD_CASES = {
    rule.code: [case for case in parse(beside.read_text()) if not case.good and case.profile == "prod"]
    for rule in every()
    for beside in [Path(sys.modules[rule.module].__file__ or "").with_suffix(".md")]
}
BAD_CASE = {code: cases[0] for code, cases in BAD_CASES.items()}
"""The first bad example of each rule."""
WARNS = GOOD + "waivers: [{allow: KAF001, until: 2999-01-01, reason: none}]\n"


def run(*words: str | Path) -> Result:
    """Run `wireplan validate`, with stdout and stderr apart."""
    return CliRunner().invoke(build(), ["validate", *(str(word) for word in words)])


def file(folder: Path, text: str, name: str = "topology.yaml") -> Path:
    """A topology file."""
    path = folder / name
    path.write_text(text)
    return path


def findings(result: Result) -> list[dict[str, Any]]:
    """The findings of a run with `--format json`."""
    return json.loads(result.stdout)["findings"]


@pytest.mark.row("U5")
def test_one_violation_of_each_of_twelve_rules_gives_twelve_findings_at_their_lines() -> None:
    marks = [
        (number, mark[1])
        for number, line in enumerate(ALL_RULES.read_text().splitlines(), start=1)
        if (mark := re.search(r"# finding: (\w+)", line))
    ]
    result = run(ALL_RULES, "--format", "json")
    assert [(each["at"]["line"], each["code"]) for each in findings(result)] == marks
    assert len(marks) == 12
    assert result.exit_code == outcome.FINDINGS


@pytest.mark.parametrize("code", BAD_CASE)
def test_the_bad_example_of_each_rule_is_found_at_its_lines(code: str, tmp_path: Path) -> None:
    """By the command itself, as its reader would try it."""
    if proto := BAD_CASE[code].proto:
        (tmp_path / "protos").mkdir()
        file(tmp_path / "protos", proto, "stock.proto")
    result = run(file(tmp_path, BAD_CASE[code].text), "--format", "json")
    assert sorted((each["at"]["line"], each["code"]) for each in findings(result)) == list(
        BAD_CASE[code].marks
    )
    assert result.exit_code == (outcome.FINDINGS if "error" in {each["severity"] for each in findings(result)} else outcome.FINE)  # fmt: skip


def test_the_finding_that_the_page_shows_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ALL_RULES.parent)
    says = (DOCS / "rules.md").read_text().partition("## What a finding says\n```\n")[2].partition("```\n")[0]
    assert says
    assert says in re.sub(r" # finding: \w+", "", run().stdout)


def test_the_text_of_a_finding_carries_place_code_sum_and_fix() -> None:
    shown = run(ALL_RULES).stdout
    assert f'{ALL_RULES}:41:14: error: pods of "encoder" are killed after 30s, but may need 135s' in shown
    assert "preStop 5s (default) + handler of film.uploaded 120s (line 38) + closing 10s = 135s" in " ".join(
        shown.split()
    )
    assert "fix: grace: 135s" in shown
    assert "12 errors" in shown


def test_a_secret_in_the_file_is_in_no_byte_of_any_output(tmp_path: Path) -> None:
    result = run(ALL_RULES, "--format", "text", "--format", f"json={tmp_path / 'found.json'}")
    assert "correct-horse" not in result.stdout + result.stderr + (tmp_path / "found.json").read_text()


def test_a_good_file_says_what_was_checked_and_ends_well(tmp_path: Path) -> None:
    result = run(file(tmp_path, GOOD))
    assert result.exit_code == outcome.FINE
    assert f"no findings by {len(every())} rules in default (prod): 1 service" in result.stdout


UNHELD = """\
system: shop
services:
  orders: {serves: [shop.v1.Orders, shop.v1.Carts], publishes: [placed]}
  mail: {kind: worker, consumes: [placed]}
topics: {placed: {message: shop.v1.Placed, key: order_id, pattern: publish-subscribe}}
"""


def test_what_is_held_to_no_proto_is_said_once_whatever_else_is_found(tmp_path: Path) -> None:
    path = file(tmp_path, UNHELD)
    for name in ("local", "prod"):
        file(tmp_path, f"environment: {{profile: {'dev' if name == 'local' else 'prod'}}}\n", f"{name}.yaml")
    said = (
        "Not checked against a .proto: 2 gRPC services, 1 message. "
        "Write contracts: {protos: FOLDER}, where FOLDER holds them\n"
    )
    assert run(path).stdout.endswith(said)
    assert run(path).stdout.count("Not checked") == 1
    document = json.loads(run(path, "--format", "json").stdout)
    assert [each["unheld"] for each in document["environments"]] == [{"gRPC service": 2, "message": 1}] * 2
    path.write_text(UNHELD.replace("key: order_id", "key: order_id, min_insync_replicas: 1"))
    assert run(path).exit_code == outcome.FINDINGS
    assert run(path).stdout.endswith(said)


def test_a_system_without_contracts_or_with_its_protos_is_told_nothing_of_them(tmp_path: Path) -> None:
    assert "Not checked" not in run(file(tmp_path, GOOD)).stdout
    assert "Not checked" not in run(TUBE).stdout


def test_a_folder_means_its_topology_file(tmp_path: Path) -> None:
    file(tmp_path, GOOD)
    assert run(tmp_path).exit_code == outcome.FINE


def test_all_environments_are_checked_and_a_finding_of_some_names_them(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD)
    file(tmp_path, "environment: {profile: dev}\n", "local.yaml")
    file(tmp_path, SECRETIVE, "prod.yaml")
    assert [each["environments"] for each in findings(run(path, "--format", "json"))] == [["prod"]]
    assert "(in prod)" in run(path).stdout
    assert run(path, "--env", "local").exit_code == outcome.FINE
    assert "local (dev), prod (prod)" in run(path, "--env", "local", "--env", "prod").stdout


@pytest.mark.parametrize(
    ("common", "local", "said"),
    [
        ("system: [\n", "environment: {profile: dev}\n", "1 error in local (dev)\n"),
        ("system: shop\nservices:\n\torders: {}\n", "environment: {profile: dev}\n", "1 error in local (dev)\n"),
        ("[]\n", "environment: {profile: dev}\n", "1 error in local (dev)\n"),
        ("system: [\n", "environment: {}\n", "1 error in local\n"),
        ("system: [\n", "environment: {profile: [dev]}\n", "1 error in local\n"),
        ("system: [\nenvironment: {profile: dev}\n", None, "1 error in default\n"),
        (GOOD, "environment:\n\tprofile: dev\n", "1 error in local\n"),
        (GOOD, "environment: {profile: dve}\n", "1 error in local\n"),
        (GOOD + "typo: 1\n", "environment: {}\n", "1 error in local (prod)\n"),
    ],
)  # fmt: skip
def test_the_profile_is_told_where_a_file_that_can_be_read_says_it(
    common: str, local: str | None, said: str, tmp_path: Path
) -> None:
    path = file(tmp_path, common)
    if local is not None:
        file(tmp_path, local, "local.yaml")
    assert said in run(path).stdout


def test_findings_of_the_loader_have_the_same_form(tmp_path: Path) -> None:
    result = run(file(tmp_path, "system: shop\nservices:\n  orders: {replcas: 2}\n"), "--format", "json")
    assert [(each["code"], each["at"]["line"]) for each in findings(result)] == [("YML020", 3)]
    assert result.exit_code == outcome.FINDINGS


def test_a_warning_ends_well_unless_it_is_asked_to_count(tmp_path: Path) -> None:
    path = file(tmp_path, WARNS)
    assert run(path).exit_code == outcome.FINE
    assert run(path, "--fail-on", "warning").exit_code == outcome.FINDINGS
    assert run(path, "--fail-on", "note").exit_code == outcome.FINDINGS


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n", "\xff\n"])
def test_a_file_of_nothing_is_an_error_and_never_a_tick(text: str, tmp_path: Path) -> None:
    assert run(file(tmp_path, text)).exit_code == outcome.FINDINGS


def test_a_file_without_services_is_an_error_and_never_a_tick(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["validate", str(file(tmp_path, "system: shop\nservices: {}\n"))]
    assert outcome.guarded(lambda: build()(words)) == outcome.USE
    assert "nothing was checked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.yaml"], "nowhere.yaml is not there"),
        ([str(ALL_RULES), "--env", "prd"], "there is no environment prd"),
        ([str(ALL_RULES), "--format", "xml"], "there is no format 'xml'"),
        ([str(ALL_RULES), "--format", "json="], "names no file"),
        ([str(ALL_RULES), "--format", "json", "--format", "text"], "two formats would be written to stdout"),
    ],
)
def test_wrong_use_is_a_sentence_and_exit_code_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome.guarded(lambda: build()(["validate", *words])) == outcome.USE
    err = capsys.readouterr().err
    assert said in err
    assert "fix:" in err


def test_several_formats_come_from_one_run(tmp_path: Path) -> None:
    target = tmp_path / "out" / "found.json"
    result = run(file(tmp_path, BAD), "--format", "text", "--format", f"json={target}")
    assert "[SEC003 secret-written-in-the-open]" in result.stdout
    assert [each["code"] for each in json.loads(target.read_text())["findings"]] == ["SEC003"]


def test_colours_are_for_terminals_and_never_in_a_file(tmp_path: Path) -> None:
    target = tmp_path / "found.txt"
    path = file(tmp_path, BAD)
    assert "\x1b" not in run(path).stdout
    assert "\x1b" in run(path, "--color", "always").stdout
    run(path, "--color", "always", "--format", f"text={target}", "--format", "json")
    assert "\x1b" not in target.read_text()


def test_options_have_environment_variables(tmp_path: Path) -> None:
    path = file(tmp_path, WARNS)
    result = CliRunner(env={"WIREPLAN_FAIL_ON": "warning", "WIREPLAN_FORMAT": "json"}).invoke(
        build(), ["validate", str(path)]
    )
    assert result.exit_code == outcome.FINDINGS
    assert findings(result)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert run(ALL_RULES).stdout == run(ALL_RULES).stdout


@pytest.mark.row("U5")
def test_the_reference_system_is_without_findings() -> None:
    result = run(TUBE)
    assert result.exit_code == outcome.FINE
    assert "no findings" in result.stdout


PATCHED = GOOD + "patches:\n  - {kind: Deployment, name: ordrs, merge: {spec: {paused: true}}, reason: r}\n"


def test_a_patch_that_meets_no_object_has_its_place_in_the_file_that_says_it(tmp_path: Path) -> None:
    path = file(tmp_path, PATCHED)
    (found,) = findings(run(path, "--format", "json"))
    assert (found["code"], found["at"]["line"], found["at"]["column"]) == ("PAT001", 5, 5)
    assert "orders" in found["fix"]


def test_a_patch_of_an_overlay_has_the_overlays_place(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD)
    file(
        tmp_path, "environment: {profile: dev}\npatches: [{kind: Pod, merge: {}, reason: r}]\n", "local.yaml"
    )
    (found,) = findings(run(path, "--format", "json"))
    assert (Path(found["at"]["file"]).name, found["at"]["line"], found["at"]["column"]) == (
        "local.yaml",
        2,
        11,
    )


def test_a_waiver_that_one_environment_needs_is_no_finding_in_the_others(tmp_path: Path) -> None:
    waiver = "waivers: [{allow: SEC003, until: 2999-01-01, reason: a test}]\n"
    path = file(tmp_path, GOOD + waiver)
    file(tmp_path, "environment: {profile: dev}\n", "local.yaml")
    prod = file(tmp_path, SECRETIVE, "prod.yaml")
    assert findings(run(path, "--format", "json")) == []
    prod.write_text("environment: {profile: prod}\n")
    assert [each["code"] for each in findings(run(path, "--format", "json"))] == ["WAI001"]
    prod.write_text(f"environment: {{profile: prod}}\n{waiver}")
    own, common = findings(run(path, "--format", "json"))
    assert (Path(own["at"]["file"]).name, own["environments"]) == ("prod.yaml", ["prod"])
    assert (Path(common["at"]["file"]).name, common["environments"]) == ("topology.yaml", ["local"]), (
        "what an overlay waives is for its environment alone, and the file's own are then for the others"
    )
    prod.write_text("environment: {}\nservices: {orders: {replcas: 1}}\n")
    assert [each["code"] for each in findings(run(path, "--format", "json"))] == ["YML020"]


def test_a_waiver_that_another_environment_needs_is_no_finding_where_one_alone_is_asked_for(
    tmp_path: Path,
) -> None:
    waiver = "waivers: [{allow: SEC003, until: 2999-01-01, reason: a test}]\n"
    path = file(tmp_path, GOOD + waiver)
    file(tmp_path, "environment: {profile: dev}\n", "local.yaml")
    prod = file(tmp_path, SECRETIVE, "prod.yaml")
    assert findings(run(path, "--env", "local", "--format", "json")) == []
    prod.write_text("environment: {}\nservices: {orders: null}\n")
    assert findings(run(path, "--env", "local", "--format", "json")) == [], "prod cannot be checked"
    prod.write_text("environment: {profile: prod}\n")
    (found,) = findings(run(path, "--env", "local", "--format", "json"))
    assert (found["code"], found["environments"]) == ("WAI001", ["local"])


FIXABLE = """\
system: shop # the shop
environment: {profile: prod}
kafka: {brokers: 3}
topics:
  placed: {pattern: publish-subscribe, message: X, min_insync_replicas: 1} # one disk
services:
  orders: {kind: worker, consumes: {placed: {group: orders}}}
"""


def test_what_has_one_right_answer_is_written_and_nothing_else_of_the_file_changes(tmp_path: Path) -> None:
    path = file(tmp_path, FIXABLE)
    before = {each["code"] for each in findings(run(path, "--format", "json"))}
    result = run(path, "--fix", "--format", "json")
    assert path.read_text() == FIXABLE.replace("min_insync_replicas: 1", "min_insync_replicas: 2")
    assert "KAF002" in before
    assert {each["code"] for each in findings(result)} == before - {"KAF002"}
    assert f"{path}:5:" in result.stderr
    assert "fixed: " in result.stderr


def test_a_dry_run_prints_the_diff_and_writes_nothing(tmp_path: Path) -> None:
    path = file(tmp_path, FIXABLE)
    result = run(path, "--fix", "--dry-run")
    assert path.read_text() == FIXABLE
    assert (
        "-  placed: {pattern: publish-subscribe, message: X, min_insync_replicas: 1} # one disk"
        in result.stdout
    )
    assert (
        "+  placed: {pattern: publish-subscribe, message: X, min_insync_replicas: 2} # one disk"
        in result.stdout
    )
    assert result.exit_code == outcome.FINDINGS


@pytest.mark.parametrize(
    ("text", "why", "code"),
    [
        (GOOD, "no findings", outcome.FINE),
        (BAD, "no edit leaves fewer than 1 finding", outcome.FINDINGS),
    ],
    ids=["without findings", "with one that no edit mends"],
)
def test_a_dry_run_that_would_write_nothing_says_so_beside_an_empty_diff(
    tmp_path: Path, text: str, why: str, code: int
) -> None:
    path = file(tmp_path, text)
    result = run(path, "--fix", "--dry-run")
    assert (result.stdout, result.stderr) == ("", f"{path}: nothing to write: {why}\n")
    assert result.exit_code == code


def test_edits_that_leave_as_many_findings_as_before_are_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, FIXABLE)
    monkeypatch.setattr(
        mending, "proposed", lambda done: ({str(path): FIXABLE + "# more\n"}, done.run.seen()[:1])
    )
    monkeypatch.setattr(mending, "single", lambda *_: None)
    assert run(path, "--fix").exit_code == outcome.FINDINGS
    assert path.read_text() == FIXABLE


def test_an_edit_after_which_the_file_cannot_be_read_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would have one finding, which is fewer than there were."""
    other = "  paid: {pattern: publish-subscribe, message: X, min_insync_replicas: 1}\nservices:"
    two = FIXABLE.replace("services:", other)
    path = file(tmp_path, two)
    assert len(findings(run(path, "--format", "json"))) > 1
    monkeypatch.setattr(mending, "proposed", lambda done: ({str(path): "system: [\n"}, done.run.seen()[:1]))
    monkeypatch.setattr(mending, "single", lambda *_: None)
    run(path, "--fix")
    assert path.read_text() == two


def test_a_dry_run_of_nothing_is_wrong_use(tmp_path: Path) -> None:
    result = run(file(tmp_path, GOOD), "--dry-run")
    assert isinstance(result.exception, Trouble)


BASELINE = "wireplan.baseline.json"


def test_a_baseline_accepts_what_is_there_and_stops_what_is_new(tmp_path: Path) -> None:
    path = file(tmp_path, BAD)
    assert run(path).exit_code == outcome.FINDINGS
    result = run(path, "--write-baseline")
    assert result.exit_code == outcome.FINE
    assert f"{tmp_path / BASELINE}: accepts 1 finding; what is new will count" in result.stderr
    path.write_text("# moved\n" + BAD)
    result = run(path)
    assert result.exit_code == outcome.FINE
    assert f"no findings beside 1 accepted by {tmp_path / BASELINE}" in result.stdout
    assert run(path, "--no-baseline").exit_code == outcome.FINDINGS
    path.write_text(BAD.replace("orders:", "mail: {environment: {API_TOKEN: hunter2hunter2}}\n  orders:"))
    again = run(path, "--format", "json")
    assert again.exit_code == outcome.FINDINGS
    assert json.loads(again.stdout)["summary"] == {"error": 1, "warning": 0, "note": 0, "accepted": 1}


def test_an_entry_of_what_was_mended_is_told_until_the_baseline_is_written_again(tmp_path: Path) -> None:
    path = file(tmp_path, BAD)
    run(path, "--write-baseline")
    path.write_text(GOOD)
    (found,) = findings(run(path, "--format", "json"))
    assert (found["code"], Path(found["at"]["file"]).name) == ("BAS001", BASELINE)
    assert '"what":' in run(path).stdout, "the entry is shown"
    run(path, "--write-baseline")
    assert json.loads((tmp_path / BASELINE).read_text()) == {"version": 1, "findings": []}
    assert findings(run(path, "--format", "json")) == []


def test_a_baseline_may_lie_elsewhere(tmp_path: Path) -> None:
    path, other = file(tmp_path, BAD), tmp_path / "accepted" / "today.json"
    assert run(path, "--baseline", other, "--write-baseline").exit_code == outcome.FINE
    assert not (tmp_path / BASELINE).exists()
    assert run(path).exit_code == outcome.FINDINGS
    assert run(path, "--baseline", other).exit_code == outcome.FINE


def test_a_baseline_holds_from_wherever_the_command_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, BAD)
    run(path, "--write-baseline")
    monkeypatch.chdir(tmp_path)
    assert run("topology.yaml").exit_code == outcome.FINE
    assert run().exit_code == outcome.FINE


def test_no_baseline_accepts_an_enforced_rule_or_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = file(tmp_path, BAD + "rules: {enforced: [SEC003]}\n")
    assert run(path, "--write-baseline").exit_code == outcome.FINDINGS
    assert json.loads((tmp_path / BASELINE).read_text())["findings"] == []
    path.write_text("system: shop\nservices:\n  orders: {replcas: 2}\n")
    assert run(path, "--write-baseline").exit_code == outcome.FINDINGS


def test_what_cannot_be_read_takes_no_entry_out_of_the_baseline(tmp_path: Path) -> None:
    path = file(tmp_path, BAD)
    run(path, "--write-baseline")
    before = (tmp_path / BASELINE).read_text()
    path.write_text("system: [\n")
    run(path, "--write-baseline")
    assert (tmp_path / BASELINE).read_text() == before


def test_fixing_leaves_alone_what_the_baseline_accepts(tmp_path: Path) -> None:
    path = file(tmp_path, FIXABLE)
    run(path, "--write-baseline")
    run(path, "--fix")
    assert path.read_text() == FIXABLE
    run(path, "--fix", "--no-baseline")
    assert path.read_text() != FIXABLE


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--baseline", "nowhere.json"], "nowhere.json cannot be read"),
        (["--write-baseline", "--no-baseline"], "contradict each other"),
        (["--write-baseline", "--fix", "--dry-run"], "contradict each other"),
        (["--against", ""], "--against names no revision"),
    ],
)
def test_options_that_cannot_be_meant_are_wrong_use(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, BAD)
    assert outcome.guarded(lambda: build()(["validate", str(path), *words])) == outcome.USE
    assert said in capsys.readouterr().err


def test_what_builds_takes_what_the_baseline_accepts(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD)
    file(tmp_path, SECRETIVE, "prod.yaml")
    with pytest.raises(checked.Faulty):
        checked.topology(path, "prod")
    run(path, "--write-baseline")
    assert checked.topology(path, "prod").environment.name == "prod"


def test_a_severity_that_differs_is_said_for_each_environment(tmp_path: Path) -> None:
    text = "system: s\nservices: {a: {publishes: [t]}}\ntopics: {t: {message: M, min_insync_replicas: 1}}\n"
    path = file(tmp_path, text)
    file(tmp_path, "environment: {profile: dev}\n", "local.yaml")
    file(tmp_path, "environment: {profile: prod}\n", "prod.yaml")
    assert "(warning in local, error in prod)" in run(path).stdout
    (found,) = findings(run(path, "--format", "json"))
    assert found["severities"] == {"local": "warning", "prod": "error"}
    file(tmp_path, "environment: {profile: dev}\nrules: {severity: {KAF002: note}}\n", "local.yaml")
    (found,) = findings(run(path, "--format", "json", "--env", "local"))
    assert found["severity"] == "note"


def test_a_waiver_past_its_day_is_told_once_for_all_environments(tmp_path: Path) -> None:
    path = file(tmp_path, f"{GOOD}waivers: [{{allow: SEC003, until: 2020-01-01, reason: a test}}]\n")
    file(tmp_path, "environment: {profile: dev}\n", "local.yaml")
    file(tmp_path, SECRETIVE, "prod.yaml")
    told = {each["code"]: each["environments"] for each in findings(run(path, "--format", "json"))}
    assert told == {"SEC003": ["prod"], "WAI002": ["local", "prod"]}


PROTOS = "contracts: {protos: protos}\n"
PROTO = """\
syntax = "proto3";
package shop.v1;
service OrderService { rpc Get(GetRequest) returns (GetResponse); }
message GetRequest { string order_id = 1; }
message GetResponse { string order_id = 1; }
"""


@pytest.fixture
def contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A topology with contracts in a repository with one commit, and the buf of the tests' environment on PATH."""
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protos" / "shop" / "v1").mkdir(parents=True)
    file(tmp_path / "protos" / "shop" / "v1", PROTO, "shop.proto")
    file(tmp_path / "protos", "version: v2\nlint: {use: [MINIMAL]}\n", "buf.yaml")
    topology = GOOD.replace("serves_http: http2", "serves: shop.v1.OrderService")
    path = file(tmp_path, PROTOS + topology)
    who = ["-c", "user.name=n", "-c", "user.email=n@example"]
    for words in (["init", "--quiet"], ["add", "protos", "topology.yaml"], ["commit", "--quiet", "-m", "x"]):
        subprocess.run(["git", *who, *words], check=True, capture_output=True)
    return path


def test_a_contract_that_breaks_its_base_is_a_finding_with_its_line_in_every_format(contracts: Path) -> None:
    proto = contracts.parent / "protos" / "shop" / "v1" / "shop.proto"
    proto.write_text(PROTO.replace("GetResponse { string", "GetResponse { int32"))
    assert run("--contracts").exit_code == outcome.FINE
    result = run(
        "--against", "HEAD", "--format", "text", "--format", "json=f.json", "--format", "sarif=f.sarif"
    )
    assert result.exit_code == outcome.FINDINGS
    assert result.stdout.startswith("protos/shop/v1/shop.proto:5:23: error: ")
    assert "5 | message GetResponse { int32 order_id = 1; }" in result.stdout
    (found,) = json.loads(Path("f.json").read_text())["findings"]
    assert (found["code"], found["at"]["file"]) == ("PRO003", "protos/shop/v1/shop.proto")
    (log,) = json.loads(Path("f.sarif").read_text())["runs"]
    assert log["tool"]["driver"]["rules"][0]["help"]["text"].startswith("What: `buf breaking`")


def test_without_being_asked_buf_is_not_run(contracts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wireplan.rim.process.ended", None)
    assert run(contracts).exit_code == outcome.FINE


def test_without_a_buf_there_is_a_sentence_and_exit_code_2(
    contracts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"].partition(os.pathsep)[2])
    monkeypatch.setattr("wireplan.rim.engines.packages.machine", lambda: "a machine without wheels")
    assert outcome.guarded(lambda: build()(["validate", "--contracts"])) == outcome.USE
    err = capsys.readouterr().err
    assert "wireplan: buf could not be had" in err
    assert "fix: put buf (1.50 or newer, below 2) on PATH" in err


def test_a_baseline_of_contracts_holds_where_buf_is_asked_and_is_not_gone_where_it_is_not(
    contracts: Path,
) -> None:
    proto = contracts.parent / "protos" / "shop" / "v1" / "shop.proto"
    proto.write_text(PROTO.replace("GetResponse { string", "GetResponse { int32"))
    assert run("--against", "HEAD", "--write-baseline").exit_code == outcome.FINE
    known = Path(BASELINE).read_text()
    assert '"code": "PRO003"' in known
    assert run("--against", "HEAD").exit_code == outcome.FINE
    assert findings(run("--format", "json")) == [], "nobody asked buf, so nothing of it is gone"
    run("--write-baseline")
    assert Path(BASELINE).read_text() == known
    proto.write_text(PROTO)
    assert [each["code"] for each in findings(run("--against", "HEAD", "--format", "json"))] == ["BAS001"]
