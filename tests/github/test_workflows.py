"""The workflows and the composite action: linted, least in what they may do, and run step by step in a real repository."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml
from wireplan.rim import engines

from tests.github.job import Job

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
ACTION = GITHUB / "actions" / "preview"
FILES = sorted([*GITHUB.glob("workflows/*.yml"), *GITHUB.glob("actions/*/action.yml")])
STEPS = [step for path in FILES for step in re.findall(r"uses: (\S+)", path.read_text())]
BIN = Path(sys.executable).parent

SHOP = "system: shop\nservices:\n  orders: {serves_http: http2, replicas: 2}\n"
HARMLESS = SHOP.replace("replicas: 2", "replicas: 3")
BROKEN = SHOP.replace("replicas: 2", "environment: {API_TOKEN: hunter2hunter2}")

FAKE_GH = """\
#!/bin/sh
# Writes down how it was called; answers a listing of comments with what stands in $GH_COMMENTS.
printf '%s\\n' "$*" >>"$GH_CALLS"
case "$*" in *--jq*) cat "$GH_COMMENTS" ;; *) exit "${GH_EXIT:-0}" ;; esac
"""


def test_actionlint_has_nothing_to_say() -> None:
    actionlint = engines.path(
        "actionlint"
    )  # had as all engines are; without it the test fails with a sentence
    done = subprocess.run([actionlint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_zizmor_has_nothing_to_say() -> None:
    done = subprocess.run(
        [BIN / "zizmor", "--offline", "--quiet", GITHUB], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("used", [used for used in STEPS if not used.startswith("./")])
def test_an_action_of_others_is_pinned_to_a_commit(used: str) -> None:
    assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", used)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_expression_is_pasted_into_a_shell(path: Path) -> None:
    """What a pull request's author may choose reaches a shell as an environment variable, never as its text."""
    document = yaml.safe_load(path.read_text())
    jobs = document.get("jobs", {"action": document.get("runs")})
    scripts = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    assert not [script for script in scripts if "${{" in script]


@pytest.mark.parametrize("path", sorted(GITHUB.glob("workflows/*.yml")), ids=lambda path: path.name)
def test_a_workflow_may_do_nothing_but_what_its_jobs_name(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    assert document["permissions"] == {}
    allowed = {"contents": {"read"}, "pull-requests": {"read", "write"}}
    for job in document["jobs"].values():
        assert all(level in allowed.get(scope, ()) for scope, level in job["permissions"].items())
        assert job["timeout-minutes"] <= 90


def test_ci_runs_what_a_person_runs() -> None:
    steps = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text())["jobs"]["test"]["steps"]
    assert steps[-1]["run"].endswith(".ci/run")


def merged(folder: Path, text: str) -> Job:
    """A job on the merge of a pull request that brings the topology to a text."""
    clone, temp = folder / "clone", folder / "temp"
    (temp / "bin").mkdir(parents=True)
    clone.mkdir()
    for name, content in (
        ("gh", FAKE_GH),
        ("pulumi", "#!/bin/sh\necho 'Previewing update (dev)'\nexit 3\n"),
    ):
        (temp / "bin" / name).write_text(content)
        (temp / "bin" / name).chmod(0o755)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    (clone / "topology.yaml").write_text(SHOP)
    commands = (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["commit", "-q", "-m", "base"],
        ["checkout", "-q", "-b", "pull"],
    )
    for words in commands:
        subprocess.run([*git, *words], cwd=clone, check=True)
    (clone / "topology.yaml").write_text(text)
    commands = (
        ["commit", "-q", "-a", "--allow-empty", "-m", "edit"],
        ["checkout", "-q", "main"],
        ["merge", "-q", "--no-ff", "-m", "merge", "pull"],
    )
    for words in commands:
        subprocess.run([*git, *words], cwd=clone, check=True)
    pull = {
        "github.event.pull_request.number": "7",
        "github.event.pull_request.head.repo.full_name": "wireplan/shop",
    }
    return Job(clone, temp, pull, action=ACTION)


@pytest.fixture
def job(tmp_path: Path) -> Callable[[str], Job]:
    """A job that has not begun."""
    return lambda text: merged(tmp_path, text)


@pytest.fixture(scope="module")
def previews(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Job]:
    """Jobs that have come to the comparison, one for each text."""
    return cache(lambda text: previewed(merged(tmp_path_factory.mktemp("previews"), text)))


def previewed(job: Job) -> Job:
    """A job, after the comparison and before anything that follows from it."""
    job.run(until="preview")
    return job


@pytest.fixture
def commented(previews: Callable[[str], Job], tmp_path: Path) -> Callable[[str], Job]:
    """A job that goes on with what has been compared: the comment, and the verdict."""
    return lambda text: previews(text).copied(tmp_path / "temp")


@pytest.mark.row("U6")
def test_a_harmless_edit_is_commented_and_passes(commented: Callable[[str], Job]) -> None:
    one = commented(HARMLESS)
    one.run(since="comment")
    assert set(one.exits.values()) == {0}
    assert one.expressions["steps.preview.outputs.verdict"] == "changes"
    report = one.temp / "wireplan-preview" / "comment.md"
    assert "spec.replicas: 3" in report.read_text()
    assert one.file("summary").read_text() == report.read_text()
    assert (
        one.calls()[-1]
        == f"api --silent --method POST repos/wireplan/shop/issues/7/comments -F body=@{report}"
    )


def test_a_comment_that_is_there_is_edited(commented: Callable[[str], Job]) -> None:
    one = commented(HARMLESS)
    one.file("comments").write_text("4711\n4712\n")
    one.run(since="comment")
    assert one.calls()[-1].startswith("api --silent --method PATCH repos/wireplan/shop/issues/comments/4711 ")


def test_a_comment_follows_a_pull_request_that_no_longer_changes_anything(
    commented: Callable[[str], Job],
) -> None:
    one = commented(SHOP)
    one.file("comments").write_text("4711\n")
    one.run(since="comment")
    assert one.expressions["steps.preview.outputs.verdict"] == "no changes"
    assert one.calls()[-1].startswith("api --silent --method PATCH repos/wireplan/shop/issues/comments/4711 ")


def test_a_pull_request_that_changes_nothing_gets_no_comment(commented: Callable[[str], Job]) -> None:
    one = commented(SHOP)
    one.run(since="comment")
    assert set(one.exits.values()) == {0}
    assert not [call for call in one.calls() if "POST" in call]


def test_every_push_to_a_pull_request_is_previewed_so_that_no_comment_goes_stale() -> None:
    document = yaml.safe_load((GITHUB / "workflows" / "preview.yml").read_text())
    assert document[True] == {"pull_request": None}  # YAML 1.1 reads `on` as a truth value


def test_the_comment_is_looked_for_by_its_marker_among_those_of_bots(commented: Callable[[str], Job]) -> None:
    one = commented(HARMLESS)
    one.run(since="comment")
    assert "startswith(env.MARKER)" in one.calls()[0]
    assert '.user.type == "Bot"' in one.calls()[0]


def test_a_blocked_edit_is_commented_first_and_then_fails(commented: Callable[[str], Job]) -> None:
    one = commented(BROKEN)
    one.run(since="comment")
    assert one.exits == {"install": 0, "pulumi": 0, "preview": 0, "comment": 0, "verdict": 1}
    assert "SEC003" in one.file("summary").read_text()
    assert "hunter2" not in one.file("summary").read_text()


def test_what_cannot_be_compared_fails_and_says_nothing_good(job: Callable[[str], Job]) -> None:
    one = job(HARMLESS)
    one.expressions["inputs.against"] = "nowhere"
    one.run()
    assert one.exits["preview"] == 2
    assert one.calls() == []


def test_from_a_fork_the_summary_has_to_do(commented: Callable[[str], Job]) -> None:
    one = commented(HARMLESS)
    one.expressions["github.event.pull_request.head.repo.full_name"] = "somebody/shop"
    one.run(since="comment")
    assert set(one.exits.values()) == {0}
    assert one.calls() == []
    assert "spec.replicas: 3" in one.file("summary").read_text()


def test_a_comment_that_cannot_be_written_fails_the_job(commented: Callable[[str], Job]) -> None:
    one = commented(HARMLESS)
    one.expressions["gh.exit"] = "1"
    one.run(since="comment")
    assert one.exits["comment"] == 1


def test_no_comment_is_written_when_none_is_wanted(commented: Callable[[str], Job]) -> None:
    one = commented(HARMLESS)
    one.expressions["inputs.comment"] = "never"
    one.run(since="comment")
    assert one.calls() == []


def test_where_a_stack_is_reachable_what_pulumi_says_is_folded_in(job: Callable[[str], Job]) -> None:
    one = job(HARMLESS)
    one.expressions["inputs.stack"] = "dev"
    one.run()
    assert set(one.exits.values()) == {0}, "a stack that fails is told, and is no verdict"
    comment = (one.temp / "wireplan-preview" / "comment.md").read_text()
    assert "<summary>pulumi preview</summary>" in comment
    assert "Previewing update (dev)\npulumi preview ended with exit code 3" in comment


def test_an_input_of_shell_characters_is_only_a_name(job: Callable[[str], Job]) -> None:
    one = job(HARMLESS)
    one.expressions["inputs.topology"] = "$(touch pwned); `touch pwned`"
    one.run()
    assert one.exits["preview"] == 2
    assert not list(one.clone.rglob("pwned"))


def test_without_a_wireplan_the_one_that_came_with_the_action_is_installed(tmp_path: Path) -> None:
    """With stand-ins for python3 and pip, so that nothing is fetched."""
    (tmp_path / "bin").mkdir()
    pip = '#!/bin/sh\necho "$@" >>"$CALLS"\n'
    python = f'#!/bin/sh\nmkdir -p "$3/bin"\ncat >"$3/bin/pip" <<\'END\'\n{pip}END\nchmod +x "$3/bin/pip"\n'
    (tmp_path / "bin" / "python3").write_text(python)
    (tmp_path / "bin" / "python3").chmod(0o755)
    env = {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(ACTION),
        "GITHUB_PATH": str(tmp_path / "path"),
        "CALLS": str(tmp_path / "calls"),
    }
    subprocess.run([ACTION / "install.sh"], env=env, check=True)
    installed = (tmp_path / "calls").read_text().split()[-1]
    assert Path(installed).resolve() == ROOT
    assert (tmp_path / "path").read_text() == f"{tmp_path}/wireplan-venv/bin\n"


def test_the_machine_readable_result_is_kept_beside_the_comment(commented: Callable[[str], Job]) -> None:
    one = commented(HARMLESS)
    one.run(since="comment")
    assert json.loads((one.temp / "wireplan-preview" / "preview.json").read_text())["version"] == 1


def test_the_findings_are_kept_as_sarif_with_paths_from_the_repositorys_root(
    commented: Callable[[str], Job],
) -> None:
    one = commented(BROKEN)
    one.run(since="comment")
    file = Path(one.expressions["steps.preview.outputs.sarif"])
    (result,) = json.loads(file.read_text())["runs"][0]["results"]
    assert result["ruleId"] == "SEC003"
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "topology.yaml", "uriBaseId": "%SRCROOT%"}


PROTO = """\
syntax = "proto3";
package shop.v1;
service OrderService { rpc Get(GetRequest) returns (GetResponse); }
message GetRequest {}
message GetResponse { TYPE id = 1; }
"""


def test_a_migration_before_its_time_blocks_where_migrations_are_looked_at(job: Callable[[str], Job]) -> None:
    one = job(HARMLESS)
    revision = one.clone / "services" / "orders" / "src" / "shop_orders" / "migrations" / "orders_0002.py"
    revision.parent.mkdir(parents=True)
    revision.write_text('revision = "orders_0002"\n\n\ndef upgrade():\n    op.execute("drop table orders")\n')
    one.run()
    assert one.exits["verdict"] == 0, "nobody asked"
    one.expressions["inputs.migrations"] = "true"
    one.run()
    assert one.exits["verdict"] == 1
    assert "MIG002" in one.file("summary").read_text()
    assert "MIG002" in Path(one.expressions["steps.preview.outputs.sarif"]).read_text()


def test_a_broken_contract_blocks_where_contracts_are_compared(job: Callable[[str], Job]) -> None:
    one = job(
        "contracts: {protos: protos}\nsystem: shop\nservices:\n  orders: {serves: shop.v1.OrderService}\n"
    )
    proto = one.clone / "protos" / "shop" / "v1" / "shop.proto"
    proto.parent.mkdir(parents=True)
    proto.write_text(PROTO.replace("TYPE", "string"))
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "add", "protos"], cwd=one.clone, check=True)
    subprocess.run([*git, "commit", "-q", "-m", "protos"], cwd=one.clone, check=True)
    proto.write_text(PROTO.replace("TYPE", "int64"))
    one.expressions["inputs.against"] = "HEAD"
    one.run()
    assert one.exits["verdict"] == 0, "nobody asked"
    one.expressions["inputs.contracts"] = "true"
    one.run()
    assert one.exits["verdict"] == 1
    assert "PRO003" in one.file("summary").read_text()
    assert "PRO003" in Path(one.expressions["steps.preview.outputs.sarif"]).read_text()
