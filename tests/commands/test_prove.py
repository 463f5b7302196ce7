"""`wireplan prove` as a person runs it: how long until a group has caught up, and what an acknowledged upload survives by."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.rim.sources import Faulty
from wireplan.rim.trouble import Trouble

from tests.commands.pages import DOCS, ROOT, is_printed, samples

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"

SHOP = """\
system: shop
environment: {survives: 0}
services:
  orders: {database: orders, publishes: [order.placed], replicas: 2}
  mail:
    replicas: 2..4
    consumes:
      order.placed: {handler: {mean: 100ms}, outage: 1h}
  audit: {replicas: 1, consumes: [order.placed]}
topics:
  order.placed: {message: shop.events.v1.OrderPlaced, rate: 30/s, partitions: 4}
databases:
  main: {databases: [orders], instances: 1}
"""


def run(*words: str | Path) -> Result:
    """Run `wireplan prove`, with stdout and stderr apart."""
    return CliRunner().invoke(build(), ["prove", *(str(word) for word in words)])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The shop's file."""
    file = tmp_path / "topology.yaml"
    file.write_text(SHOP)
    return file


def test_a_group_is_told_with_its_verdict_and_the_numbers_below_it(shop: Path) -> None:
    lines = run(shop, "--of", "mail").stdout.splitlines()
    assert lines[:7] == [
        "shop in default",
        "",
        "Does each group keep up",
        "  mail of order.placed: keeps up; caught up 3h after 1h away",
        "    30/s come (line 11); after outage 1h (line 8) 108000 records wait",
        "    at 2 pods (line 6), 4 partitions (line 11): 2 at work x concurrency 1 (default) / 100ms (line 8) = 20/s; never caught up",
        "    at 4 pods (line 6), 4 partitions (line 11): 4 at work x concurrency 1 (default) / 100ms (line 8) = 40/s; caught up in 3h",
    ]


def test_a_group_that_cannot_keep_up_is_told_when_the_first_record_is_lost(shop: Path) -> None:
    shown = run(shop, "--of", "audit").stdout
    assert "audit of order.placed: cannot keep up; records are deleted unread after 7d" in shown
    assert "no mean is written: each record is taken to need the longest time" in shown


def test_an_acknowledged_write_is_told_with_its_copies_and_how_it_is_lost(shop: Path) -> None:
    lines = run(shop, "--of", "orders").stdout.splitlines()
    at = lines.index("  Survives no failure:")
    assert lines[at + 1 : at + 5] == [
        "    what orders answers after a commit in orders",
        "      copies: the primary of main",
        "        1. The primary acknowledges a commit without asking any replica. (line 13)",
        "        2. The primary's disk fails: there is no other member. (line 13)",
    ]


def test_what_is_left_after_one_and_after_two_failures_is_told() -> None:
    shown = run(TUBE, "--env", "prod", "--of", "accounts").stdout
    copies = "the primary of main; replica 1, which confirmed (after one failure 1 left, after two none)"
    assert f"      copies: {copies}\n" in shown


def test_the_weakest_writes_come_first() -> None:
    shown = run(TUBE, "--env", "prod").stdout
    assert shown.index("clients upload to originals through public") < shown.index(
        "Survives 1 failure at once"
    )


def test_sizes_are_told_from_where_a_message_comes_in_to_its_dead_letters(shop: Path) -> None:
    shown = run(shop, "--of", "mail").stdout
    assert shown.endswith(
        """\
How large a message may be
  mail (keeps nothing itself)
    takes a record of "order.placed": 1048588 (default)
  mail of order.placed: a record and 4096 for headers
    an answer to group "mail": 100M (the client's own)
    a record of "order.placed.mail.retry.5s": 1052684 (derived)
    a record of "order.placed.mail.retry.1m": 1052684 (derived)
    a record of "order.placed.mail.dlt": 1052684 (derived)
"""
    )


def test_an_edge_without_a_limit_is_said_to_have_none() -> None:
    assert 'takes a request by edge "public": any (no max_body)' in run(TUBE, "--of", "gateway").stdout


def test_one_machine_is_said_to_be_one() -> None:
    assert "(embedded) is one machine" in run(TUBE, "--env", "local").stdout
    assert "is one machine" not in run(TUBE, "--env", "prod").stdout


def document(*words: str | Path) -> Any:
    """The proofs as data."""
    return json.loads(run(*words, "--format", "json").stdout)


def test_json_carries_numbers_paths_and_steps_with_their_places(shop: Path) -> None:
    data = document(shop)
    assert (data["version"], data["system"], data["environment"]) == (1, "shop", "default")
    mail, audit = data["groups"]
    assert (mail["keeps_up"], mail["most"]["catch_up"], mail["fewest"]["catch_up"]) == (True, 10_800.0, None)
    assert (audit["keeps_up"], audit["mean_known"], audit["most"]["capacity"]) == (False, False, 0.1)
    commit = data["writes"][0]
    assert (commit["kind"], commit["survives"], commit["path"]) == (
        "commit",
        0,
        ["services", "orders", "database"],
    )
    assert commit["stages"][0]["left"] == [0, 0]
    first = commit["stages"][0]["schedule"][0]
    sent = next(each for each in data["sizes"] if each["service"] == "orders")["leaves"]
    assert [(each["size"], each["path"][:2]) for each in sent] == [(1_048_588, ["topics", "order.placed"])]
    assert (first["path"], first["at"]["line"]) == (["databases", "main", "instances"], 13)


def test_without_a_rate_json_says_what_a_group_can_do_and_that_the_rest_is_not_known(tmp_path: Path) -> None:
    file = tmp_path / "topology.yaml"
    file.write_text(SHOP.replace(", rate: 30/s", ""))
    mail = document(file)["groups"][0]
    assert (mail["rate"], mail["keeps_up"], mail["backlog"], mail["most"]["catch_up"]) == (
        None,
        None,
        None,
        None,
    )
    assert mail["most"]["capacity"] == 40.0
    assert "mail of order.placed: up to 40/s (its topic says no rate)" in run(file).stdout


def test_what_the_page_shows_is_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the root, beside which the file lies that the page itself shows."""
    (file,) = re.findall(r"(?ms)^```yaml\n(.*?)^```$", (DOCS / "proofs.md").read_text())
    (tmp_path / "shop.yaml").write_text(file)
    (tmp_path / "stacks").symlink_to(ROOT / "stacks")
    monkeypatch.chdir(tmp_path)
    found = list(samples("proofs.md"))
    assert len(found) == 2
    for words, shown in found:
        assert is_printed(shown, CliRunner().invoke(build(), words).stdout.splitlines())


def test_what_is_not_there_is_wrong_use_and_says_what_was_meant_and_what_there_is(shop: Path) -> None:
    shop.write_text(SHOP + "caches: {fast: {}}\n")
    result = run(shop, "--of", "ordesr")
    assert isinstance(result.exception, Trouble)
    assert result.exception.what == "nothing with a proof is called ordesr; did you mean orders?"
    assert "services.orders" in result.exception.fix
    assert "caches.fast" not in result.exception.fix, "nothing is proved of it"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("databases.main", {"accounts", "uploads"}),
        ("accounts", {"accounts"}),
        ("databases.accounts", {"accounts"}),
        ("originals", {"originals"}),
        ("topics.video.uploaded", {"video.uploaded"}),
    ],
)
def test_a_part_is_called_as_everywhere(name: str, shown: set[str]) -> None:
    assert shown <= {each["target"] for each in document(TUBE, "--of", name)["writes"]}
    if name.endswith("accounts"):
        assert len(document(TUBE, "--of", name)["writes"]) == 1


def test_a_group_of_several_in_a_service_is_meant_alone(tmp_path: Path) -> None:
    (tmp_path / "topology.yaml").write_text(
        "system: s\nservices: {w: {consumes: {a: {group: first}, b: {group: second}}}}\n"
        "topics: {a: {message: x.v1.A}, b: {message: x.v1.B}}\n"
    )
    assert [each["topic"] for each in document(tmp_path, "--of", "second")["groups"]] == ["b"]
    assert [each["topic"] for each in document(tmp_path, "--of", "w")["groups"]] == ["a", "b"]


def test_a_topology_with_faults_proves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "topology.yaml"
    file.write_text("system: s\nservices: {a: {replcas: 2}}\n")
    result = run(file)
    assert result.stdout == ""
    assert isinstance(result.exception, Faulty)
