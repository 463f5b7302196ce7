"""`wireplan scaffold` as a person runs it: what it prints, what it writes, how it ends."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner
from wireplan.commands import app, outcome

SHOP = Path(__file__).resolve().parents[1] / "skeletons/shop"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The system of the golden skeletons, without a workspace."""
    shutil.copytree(SHOP, tmp_path / "shop")
    return tmp_path / "shop"


def run(*words: str | Path) -> tuple[int, str]:
    """Exit code and stdout."""
    done = CliRunner().invoke(app.build(), ["scaffold", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


@pytest.mark.row("U3")
def test_a_new_system_gets_its_workspace(shop: Path) -> None:
    code, said = run(shop, "--no-tools")
    assert code == outcome.FINE
    assert said.startswith(f"{shop / 'services'}: done: ")
    assert (shop / "services/orders/src/shop_orders/wired.py").is_file()
    assert run(shop / "topology.yaml", "--no-tools")[1].startswith(f"{shop / 'services'}: current: ")


def test_check_writes_nothing_and_says_by_its_exit_code_what_it_found(shop: Path) -> None:
    assert run(shop, "--check", "--no-tools")[0] == outcome.FINDINGS
    assert not (shop / "services").exists()
    run(shop, "--no-tools")
    assert run(shop, "--check", "--no-tools")[0] == outcome.FINE
    wired = shop / "services/orders/src/shop_orders/wired.py"
    wired.unlink()
    assert run(shop, "--check", "--no-tools")[0] == outcome.FINE, "a file that a person deleted is current"


def test_dry_run_says_what_would_happen(shop: Path) -> None:
    code, said = run(shop, "--dry-run", "--no-tools")
    assert code == outcome.FINE
    assert "would change" in said
    assert "create   pyproject.toml" in said
    assert not (shop / "services").exists()


def test_only_one_member(shop: Path) -> None:
    code, _ = run(shop, "--only", "orders", "--no-tools")
    assert code == outcome.FINE
    assert {path.name for path in (shop / "services").iterdir()} == {"orders", ".wireplan"}


def test_a_conflict_is_shown_and_ends_with_one(shop: Path) -> None:
    run(shop, "--no-tools")
    wired = shop / "services/order-mail/src/shop_order_mail/wired.py"
    wired.write_text(wired.read_text().replace('"order.placed"', '"order.placed.by.me"'))
    topology = shop / "topology.yaml"
    topology.write_text(topology.read_text().replace("order.placed", "order.made"))
    code, said = run(shop, "--no-tools")
    assert code == outcome.FINDINGS
    assert "order-mail/src/shop_order_mail/wired.py: 1 place has two answers" in said
    assert '"order.placed.by.me"' in wired.read_text()
    code, said = run(shop, "--no-tools")
    assert code == outcome.FINDINGS
    assert "a conflict of an earlier run waits in it" in said


def test_a_service_that_left_the_topology_keeps_what_a_person_wrote(shop: Path) -> None:
    run(shop, "--no-tools")
    topology = shop / "topology.yaml"
    topology.write_text(topology.read_text().replace("  tidy: {kind: worker}\n", ""))
    assert run(shop, "--no-tools")[0] == outcome.FINE
    left = {
        path.relative_to(shop / "services").as_posix()
        for path in (shop / "services/tidy").rglob("*")
        if path.is_file()
    }
    assert left == {
        "tidy/pyproject.toml",
        "tidy/src/shop_tidy/handlers.py",
        "tidy/tests/test_tidy_service.py",
    }


def unrendered(shop: Path) -> None:
    """Say something in the topology that no template renders: the plumbing always waits for all replicas in sync."""
    topology = shop / "topology.yaml"
    asked = "publishes: {order.picked: {acks: leader}}"
    topology.write_text(topology.read_text().replace("publishes: [order.picked]", asked))


def test_json_says_the_same(shop: Path) -> None:
    unrendered(shop)
    code, said = run(shop, "--format", "json", "--no-tools")
    found = json.loads(said)
    assert code == outcome.FINE
    assert found["version"] == 1
    assert not found["current"]
    assert {"path": "pyproject.toml", "step": "create", "conflicts": 0, "beside": None} in found["files"]
    assert any("acks: leader" in each["what"] for each in found["unrendered"])


def test_what_is_not_rendered_is_said_with_its_place(shop: Path) -> None:
    assert "not rendered yet" not in run(shop, "--no-tools")[1]
    unrendered(shop)
    said = run(shop, "--no-tools")[1]
    assert "Said in the topology, not rendered yet:" in said
    assert f"{shop / 'topology.yaml'}:" in said


def test_a_service_that_is_not_there_is_trouble(shop: Path) -> None:
    done = CliRunner().invoke(app.build(), ["scaffold", str(shop), "--only", "order", "--no-tools"])
    assert getattr(done.exception, "what", "") == "there is no member order"
    assert "orders" in getattr(done.exception, "fix", "")


def test_a_format_that_is_not_there_is_trouble(shop: Path) -> None:
    done = CliRunner().invoke(app.build(), ["scaffold", str(shop), "--format", "yaml"])
    assert "yaml" in getattr(done.exception, "what", "")


def test_a_topology_with_faults_writes_nothing(shop: Path) -> None:
    topology = shop / "topology.yaml"
    topology.write_text(
        topology.read_text().replace("order.picked: {group: mail}", "order.pickt: {group: mail}")
    )
    done = CliRunner().invoke(app.build(), ["scaffold", str(shop)])
    assert getattr(done.exception, "exit_code", None) == outcome.FINDINGS
    assert not (shop / "services").exists()
