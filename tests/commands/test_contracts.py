"""`wireplan contracts`: which version the contracts need, by real protos, a real buf and the tags of a real git repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.rim.trouble import Trouble

from tests.protos import ORDERS

pytestmark = pytest.mark.thorough

TOPOLOGY = """\
system: shop
contracts: {protos: protos, version: 1.0.0}
services:
  orders: {serves: shop.v1.OrderService}
"""
FILE = Path("protos/shop/v1/shop.proto")
NEW = "message GetResponse {\n  string order_id = 1;\n  int64 cents = 2;\n}\n"


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A committed system without a tag, and the test stands in it; the buf of the tests' environment is on PATH."""
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "shop"
    (folder / FILE).parent.mkdir(parents=True)
    monkeypatch.chdir(folder)
    Path("topology.yaml").write_text(TOPOLOGY)
    FILE.write_text(ORDERS)
    git("init", "--quiet", "--initial-branch=main")
    git("add", "--all")
    git("commit", "--quiet", "--message", "x")


def git(*words: str) -> None:
    who = ["-c", "user.name=n", "-c", "user.email=n@example"]
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


def run(*words: str) -> Result:
    return CliRunner().invoke(build(), ["contracts", *words], catch_exceptions=False)


def versioned(text: str) -> None:
    Path("topology.yaml").write_text(TOPOLOGY.replace("1.0.0", text))


def test_the_first_version_needs_no_other() -> None:
    done = run()
    assert (done.exit_code, done.stdout) == (0, "shop-contracts 1.0.0: the first one\n")


def test_what_was_not_changed_since_its_tag_needs_no_new_version() -> None:
    git("tag", "shop-contracts-v1.0.0")
    done = run()
    assert (done.exit_code, done.stdout) == (0, "shop-contracts 1.0.0 after 1.0.0: nothing changed\n")


@pytest.mark.parametrize(("old", "new", "least", "says"), [
    ("// Get returns one.", "// Get returns one order.", "1.0.1", "nothing is new and nothing breaks"),
    (ORDERS[ORDERS.index("message GetResponse"):], NEW, "1.1.0", "something is new"),
    ("message GetRequest {\n  string order_id = 1;", "message GetRequest {\n  string id = 1;", "2.0.0", "code that was generated before breaks"),
])  # fmt: skip
def test_a_change_asks_for_a_version_and_ends_with_1_until_it_is_written(
    old: str, new: str, least: str, says: str
) -> None:
    git("tag", "shop-contracts-v1.0.0")
    assert old in ORDERS
    FILE.write_text(ORDERS.replace(old, new))
    done = run()
    assert done.exit_code == 1
    first, *_, last = done.stdout.splitlines()
    assert first == f"shop-contracts 1.0.0 after 1.0.0: {says}, so 1.0.0 is not enough"
    assert last == f"  fix: write `version: {least}` at least into contracts, or take the change back"
    versioned(least)
    assert run().exit_code == 0


def test_what_breaks_is_named_with_its_place_and_bufs_rule() -> None:
    git("tag", "shop-contracts-v1.0.0")
    FILE.write_text(ORDERS.replace("string order_id = 1", "int64 order_id = 1", 1))
    assert (
        '  shop/v1/shop.proto:15:3: Field "1" with name "order_id" on message "GetRequest" changed type'
        in run().stdout
    )


def test_an_older_line_is_compared_with_its_own_last_version() -> None:
    """1.0.1 mends 1.0.0 after 2.0.0 was published."""
    git("tag", "shop-contracts-v1.0.0")
    git("tag", "shop-contracts-v2.0.0")
    versioned("1.0.1")
    assert (
        run("--tag", "shop-contracts-v1.0.1").stdout == "shop-contracts 1.0.1 after 1.0.0: nothing changed\n"
    )


def test_a_version_before_every_other_is_not_called_the_first_but_that_one_may_be_built_again() -> None:
    git("tag", "shop-contracts-v1.0.0")
    git("tag", "shop-contracts-v1.1.0")
    versioned("0.9.0")
    with pytest.raises(Trouble, match=r"0\.9\.0 comes before every version that is tagged") as trouble:
        run()
    assert "the first of them is 1.0.0" in trouble.value.why
    versioned("1.0.0")
    assert run("--tag", "shop-contracts-v1.0.0").stdout == "shop-contracts 1.0.0: the first one\n"


def test_a_clone_that_may_lack_earlier_tags_publishes_no_first_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a checkout of CI does unless told otherwise; what breaks would pass for the first of all."""
    git("tag", "shop-contracts-v1.0.0")
    FILE.write_text(ORDERS.replace("string order_id = 1", "int64 order_id = 1", 1))
    versioned("1.0.1")
    git("commit", "--quiet", "--all", "--message", "y")
    git("tag", "shop-contracts-v1.0.1")
    shallow = ["clone", "--quiet", "--depth=1", "--no-tags", "--branch=shop-contracts-v1.0.1"]
    git(*shallow, Path.cwd().as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    with pytest.raises(Trouble, match="no earlier version of shop-contracts is known here") as trouble:
        run("--tag", "shop-contracts-v1.0.1")
    git("fetch", "--quiet", "--unshallow", "--tags")
    assert trouble.value.fix.startswith("git fetch --unshallow --tags")
    assert run("--tag", "shop-contracts-v1.0.1").exit_code == 1


def test_a_tag_of_another_version_is_refused() -> None:
    with pytest.raises(Trouble, match="is not that of shop-contracts") as trouble:
        run("--tag", "v1.0.0")
    assert trouble.value.why == "topology.yaml says version 1.0.0, whose tag is shop-contracts-v1.0.0"


def test_a_folder_that_holds_something_is_not_built_into(tmp_path: Path) -> None:
    """All wheels in it would be published."""
    (tmp_path / "old.whl").touch()
    with pytest.raises(Trouble, match="is not empty"):
        run("--build", str(tmp_path))


def test_a_workspace_that_is_not_current_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="workspace is not current"):
        run("--build", str(tmp_path / "dist"))
    assert not (tmp_path / "dist").exists()


def test_a_system_without_protos_has_nothing_to_publish() -> None:
    Path("topology.yaml").write_text("system: shop\nservices:\n  orders: {serves_http: http2}\n")
    with pytest.raises(Trouble, match="nothing to publish"):
        run()
