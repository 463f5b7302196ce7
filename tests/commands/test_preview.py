"""`wireplan preview` in a real git repository."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands import outcome
from wireplan.commands.app import build

SHOP = """\
system: shop
services:
  orders: {serves_http: http2, replicas: 2}
  billing: {consumes: [order.placed]}
topics: {order.placed: {message: shop.events.v1.OrderPlaced}}
"""
Edit = Callable[[str, str], None]


def git(folder: Path, *words: str) -> str:
    """Run git without the machine's own settings."""
    env = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
    }
    env |= {
        f"GIT_{who}_{what}": "t@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return subprocess.run(
        ["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one system in it, committed."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "topology.yaml").write_text(SHOP)
    (tmp_path / "stacks" / "prod.yaml").write_text("environment: {profile: prod}\n")
    (tmp_path / ".gitattributes").write_text("stacks export-ignore\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "base")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def edit(clone: Path) -> Edit:
    """Replace a text in the topology file."""

    def replaced(old: str, new: str) -> None:
        file = clone / "stacks" / "topology.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return replaced


def run(*words: str | Path) -> Result:
    """Run `wireplan preview` on the system of the clone."""
    return CliRunner().invoke(build(), ["preview", "stacks", *(str(word) for word in words)])


def document(*words: str | Path) -> Any:
    """What `--format json` says."""
    return json.loads(run("--format", "json", *words).stdout)


def test_without_an_edit_nothing_changes(clone: Path) -> None:
    result = run()
    assert result.exit_code == outcome.FINE
    assert "no changes" in result.stdout


def test_more_replicas_change_the_objects_they_should_and_no_other(edit: Edit) -> None:
    edit("replicas: 2", "replicas: 3")
    found = document()["environments"][0]
    assert [each["part"] for each in found["parts"]] == ["services.orders"]
    changed = {each["kind"]: each["fields"] for each in found["objects"]}
    assert {"path": ["spec", "replicas"], "before": 2, "after": 3} in changed["Deployment"]
    assert {each["name"] for each in found["objects"]} == {"orders"}


def test_a_new_fault_blocks_and_a_mended_one_is_told(clone: Path, edit: Edit) -> None:
    edit("consumes: [order.placed]", "consumes: {order.placed: {dead_letter: false}}")
    result = run("--format", "json")
    found = json.loads(result.stdout)
    assert found["verdict"] == "blocked"
    assert [each["code"] for each in found["environments"][0]["findings"]["new"]] == ["KAF012"]
    assert result.exit_code == outcome.FINDINGS

    git(clone, "commit", "-q", "-a", "-m", "the fault is in")
    edit("dead_letter: false", "attempts: 3")
    assert [each["code"] for each in document()["environments"][0]["findings"]["gone"]] == ["KAF012"]


def test_files_are_named_from_the_root_on_both_sides(edit: Edit) -> None:
    edit("serves_http: http2", "environment: {API_TOKEN: hunter2hunter2}, serves_http: http2")
    text = run("--format", "markdown").stdout
    assert "`stacks/topology.yaml:3`" in text
    assert "/tmp" not in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ("databases: [orders, old]", "databases: [orders]", "database old: would be deleted"),
        ("size: 20Gi", "size: 10Gi", "database main: its volume would shrink from 20Gi to 10Gi"),
        (
            "retention: 7d",
            "retention: 1d",
            "topic order.placed: retention would go from 604800000 ms to 86400000 ms",
        ),
    ],
)
def test_what_up_would_refuse_is_told_before(
    clone: Path, edit: Edit, before: str, after: str, lost: str
) -> None:
    edit("topics: {order.placed: {message", "topics: {order.placed: {retention: 7d, message")
    edit("services:", "databases: {main: {databases: [orders, old], volume: {size: 20Gi}}}\nservices:")
    git(clone, "commit", "-q", "-a", "-m", "more to lose")
    edit(before, after)
    found = document()
    assert found["environments"][0]["takes_data"][0] == lost
    assert found["verdict"] in ("needs a decision", "blocked")


def test_a_stateful_set_without_data_takes_none_with_it(clone: Path, edit: Edit) -> None:
    edit("billing: {consumes", "billing: {identity: stable, consumes")
    git(clone, "commit", "-q", "-a", "-m", "stable")
    edit("  billing: {identity: stable, consumes: [order.placed]}\n", "")
    found = document()["environments"][0]
    assert "StatefulSet" in {each["kind"] for each in found["objects"] if each["change"] == "removed"}
    assert all(each.startswith("topics.") for each in found["takes_data"])


def test_a_file_that_cannot_be_read_blocks(edit: Edit) -> None:
    edit("services:", "servces:")
    result = run("--format", "json")
    assert json.loads(result.stdout)["environments"][0]["head_unread"] is True
    assert result.exit_code == outcome.FINDINGS


BAD_PATCH = "patches: [{kind: Deployment, name: ordrs, merge: {spec: {paused: true}}, reason: r}]\nservices:"


def test_a_patch_that_meets_nothing_blocks_with_its_place(clone: Path, edit: Edit) -> None:
    edit("services:", BAD_PATCH)
    result = run("--format", "json")
    (found,) = json.loads(result.stdout)["environments"]
    assert (found["verdict"], found["objects"]) == ("blocked", [])
    assert [(each["code"], each["at"]["file"]) for each in found["findings"]["new"]] == [
        ("PAT001", "stacks/topology.yaml")
    ]
    assert result.exit_code == outcome.FINDINGS


def test_an_edit_that_mends_a_patch_says_so(clone: Path, edit: Edit) -> None:
    edit("services:", BAD_PATCH)
    git(clone, "commit", "-q", "-a", "-m", "a patch of nothing")
    edit(BAD_PATCH, "services:")
    (found,) = document()["environments"]
    assert [each["code"] for each in found["findings"]["gone"]] == ["PAT001"]
    assert found["base_unread"] is True


def test_an_edge_that_cannot_be_made_blocks(clone: Path, edit: Edit) -> None:
    edit("services:", "edges: {e: {host: h, routes: [{path: /, to: orders}]}}\nservices:")
    (clone / "stacks" / "prod.yaml").write_text("environment: {profile: prod, edge: gateway-api}\n")
    (found,) = document()["environments"]
    assert ("YML031", "stacks/prod.yaml") in [
        (each["code"], each["at"]["file"]) for each in found["findings"]["new"]
    ]


def test_an_environment_that_is_new_is_all_new(clone: Path) -> None:
    (clone / "stacks" / "staging.yaml").write_text("environment: {profile: prod}\n")
    verdicts = {each["name"]: {part["kind"] for part in each["parts"]} for each in document()["environments"]}
    assert verdicts == {"prod": set(), "staging": {"added"}}


def test_changes_have_an_exit_code_of_their_own_when_asked_for(edit: Edit) -> None:
    assert run("--detailed-exitcode").exit_code == outcome.FINE
    edit("replicas: 2", "replicas: 3")
    assert run().exit_code == outcome.FINE
    assert run("--detailed-exitcode").exit_code == outcome.CHANGES


def test_several_formats_and_attachments_come_from_one_run(clone: Path) -> None:
    (clone / "pulumi preview.txt").write_text("+ 2 to create\n")
    result = run("--format", "text", "--format", "markdown=out/comment.md", "--attach", "pulumi preview.txt")
    assert "no changes" in result.stdout
    comment = (clone / "out" / "comment.md").read_text()
    assert comment.startswith("<!-- wireplan preview stacks/topology.yaml -->\n")
    assert "<summary>pulumi preview</summary>" in comment
    assert "+ 2 to create" in comment


def test_the_working_tree_and_its_index_are_left_as_they_were(clone: Path, edit: Edit) -> None:
    edit("replicas: 2", "replicas: 3")
    before = (
        git(clone, "status", "--porcelain"),
        git(clone, "worktree", "list"),
        git(clone, "stash", "list"),
    )
    run("--against", "main")
    assert (
        git(clone, "status", "--porcelain"),
        git(clone, "worktree", "list"),
        git(clone, "stash", "list"),
    ) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stacks", "--against", "nowhere"], "there is no revision nowhere"),
        (["stacks", "--against=--output=x"], "there is no revision --output=x"),
        (["stacks/other.yaml"], "is neither here nor in HEAD"),
        (["stacks", "--env", "prd"], "there is no environment prd"),
        (["stacks", "--attach", "nothing.txt"], "nothing.txt could not be read"),
    ],
)
def test_wrong_use_is_a_sentence_and_exit_code_2(
    clone: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome.guarded(lambda: build()(["preview", *words])) == outcome.USE
    assert said in capsys.readouterr().err


def test_outside_of_a_repository_it_says_so(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("no-repository")
    (folder / "topology.yaml").write_text(SHOP)
    assert outcome.guarded(lambda: build()(["preview", str(folder)])) == outcome.USE
    assert "is in no git working tree" in capsys.readouterr().err


SECRET = "environment: {}\nservices: {orders: {environment: {API_TOKEN: hunter2hunter2}}}\n"


def new_findings() -> list[tuple[str, str]]:
    """Environment and code of each new finding."""
    return [
        (each["name"], finding["code"])
        for each in document()["environments"]
        for finding in each["findings"]["new"]
    ]


def test_a_waiver_that_one_environment_needs_is_no_new_finding_of_another(clone: Path, edit: Edit) -> None:
    (clone / "stacks" / "local.yaml").write_text("environment: {profile: dev}\n")
    (clone / "stacks" / "prod.yaml").write_text(SECRET)
    edit("topics:", "waivers: [{allow: SEC003, until: 2999-01-01, reason: a test}]\ntopics:")
    assert new_findings() == []
    (clone / "stacks" / "prod.yaml").write_text("environment: {profile: prod}\n")
    assert new_findings() == [("local", "WAI001"), ("prod", "WAI001")]


def test_what_the_baseline_accepts_blocks_no_change(clone: Path) -> None:
    (clone / "stacks" / "prod.yaml").write_text(SECRET)
    assert new_findings() == [("prod", "SEC003")]
    CliRunner().invoke(build(), ["validate", "stacks", "--write-baseline"])
    assert new_findings() == []


PROTO = """\
syntax = "proto3";
package shop.v1;
service OrderService { rpc Get(GetRequest) returns (GetResponse); }
message GetRequest {}
message GetResponse { string id = 1; }
"""


def contract(clone: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The contract of the system, written and named in its topology, with buf on PATH."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    proto = clone / "protos" / "shop" / "v1" / "shop.proto"
    proto.parent.mkdir(parents=True)
    proto.write_text(PROTO)
    edit("system: shop\n", "system: shop\ncontracts: {protos: ../protos}\n")
    return proto


def test_what_breaks_the_contracts_of_the_base_blocks_where_it_is_asked_for(
    clone: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    proto = contract(clone, edit, monkeypatch)
    edit("serves_http: http2", "serves: shop.v1.OrderService")
    edit("{message: shop.events.v1.OrderPlaced}", "{message: shop.v1.GetResponse}")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "contracts")
    proto.write_text(PROTO.replace("string id = 1;", "int64 id = 1;"))
    assert run("--against", "HEAD").exit_code == outcome.FINE
    result = run("--against", "HEAD", "--contracts", "--format", "json")
    assert result.exit_code == outcome.FINDINGS
    (environment,) = json.loads(result.stdout)["environments"]
    (found,) = environment["findings"]["new"]
    assert (found["code"], found["at"]["file"], found["at"]["line"]) == (
        "PRO003",
        "protos/shop/v1/shop.proto",
        5,
    )
    assert {each["at"]["file"] for each in found["related"]} == {"stacks/topology.yaml"}


def test_a_lint_is_none_of_a_previews_business(
    clone: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (clone / "shop.proto").write_text(PROTO)
    edit("system: shop\n", "system: shop\ncontracts: {protos: ..}\n")
    edit("{message: shop.events.v1.OrderPlaced}", "{message: shop.v1.GetResponse}")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "contracts")
    result = run("--against", "HEAD", "--contracts", "--format", "json")
    assert json.loads(result.stdout)["verdict"] == "no changes"


def test_migrations_that_the_base_does_not_have_are_looked_at_where_it_is_asked_for(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there is no news, also in a file that was edited."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    folder = clone / "stacks" / "services" / "orders" / "src" / "shop_orders" / "migrations"
    folder.mkdir(parents=True)
    written = 'revision = "orders_0001"\n\n\ndef upgrade():\n    op.execute("drop table a")\n'
    (folder / "orders_0000.py").write_text(written.replace("0001", "0000"))
    (folder / "orders_0001.py").write_text(written)
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "migrations")
    assert document("--migrations")["verdict"] == "no changes"
    (folder / "orders_0001.py").write_text("\n" + written + '    op.execute("alter table b drop column c")\n')
    (folder / "orders_0002.py").write_text(written.replace("0001", "0002"))
    assert document()["verdict"] == "no changes", "nobody asked"
    found = document("--migrations")
    place = "stacks/services/orders/src/shop_orders/migrations/orders_000"
    for environment in found["environments"]:
        assert [
            (each["code"], f"{each['at']['file']}:{each['at']['line']}")
            for each in environment["findings"]["new"]
        ] == [("MIG002", f"{place}1.py:7"), ("MIG002", f"{place}2.py:5")]
    assert run("--migrations").exit_code == outcome.FINDINGS
    with (clone / "stacks" / "topology.yaml").open("a") as file:
        file.write("waivers: [{allow: MIG002, until: 2999-01-01, reason: nobody reads them}]\n")
    assert not [
        each
        for environment in document("--migrations")["environments"]
        for each in environment["findings"]["new"]
    ]


def test_what_the_baseline_accepts_of_migrations_and_contracts_blocks_no_change(
    clone: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    proto = contract(clone, edit, monkeypatch)
    edit("{message: shop.events.v1.OrderPlaced}", "{message: shop.v1.GetResponse}")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "contracts")
    proto.write_text(PROTO.replace("string id = 1;", "int64 id = 1;"))
    revision = (
        clone / "stacks" / "services" / "orders" / "src" / "shop_orders" / "migrations" / "orders_0001.py"
    )
    revision.parent.mkdir(parents=True)
    revision.write_text('revision = "orders_0001"\n\n\ndef upgrade():\n    op.execute("drop table a")\n')
    asked = ("--contracts", "--migrations")
    codes = [each["code"] for each in document(*asked)["environments"][0]["findings"]["new"]]
    assert codes == ["PRO003", "MIG002"]
    words = ["validate", "stacks", "--against", "HEAD", "--migrations", "--write-baseline"]
    assert CliRunner().invoke(build(), words).exit_code == outcome.FINE
    assert document(*asked)["verdict"] == "no changes"
