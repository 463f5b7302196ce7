"""`wireplan why A B` as a person runs it: the facts of a way with their lines, or what is wrong with it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands import outcome
from wireplan.commands.app import build

from tests.commands.pages import ROOT, is_printed, samples

TUBE = ROOT / "stacks" / "tube"
FTGO, BOUTIQUE = (ROOT / "examples" / name for name in ("ftgo", "online-boutique"))
SHOP = """\
system: shop
edges:
  public: {host: shop.example, budget: 10s, routes: [{path: /, to: gateway}]}
services:
  gateway:
    kind: gateway
    calls:
      orders: {deadline: 3s}
  orders: {serves: shop.orders.v1.OrderService, publishes: [placed], database: orders}
  mail: {consumes: {placed: {group: mail}}, database: mails}
topics: {placed: {message: shop.events.v1.Placed}}
databases: {main: {rpo: 0s, databases: [orders, mails], backup: {to: backups}}}
buckets: {backups: {}}
"""


def run(*words: str | Path) -> Result:
    """Run `wireplan why`, with stdout and stderr apart."""
    return CliRunner().invoke(build(), ["why", *(str(word) for word in words)])


def shop(folder: Path, *changes: tuple[str, str]) -> Path:
    """The shop, with some of its text replaced."""
    text = SHOP
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "topology.yaml").write_text(text)
    return folder / "topology.yaml"


def facts(result: Result) -> dict[str, dict[str, Any]]:
    """The facts of the last hop by their names."""
    return {each["name"]: each for each in json.loads(result.stdout)["hops"][-1]["facts"]}


def line_of(text: str) -> int:
    """The line of tube's file that holds a text."""
    lines = (TUBE / "topology.yaml").read_text().splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if text in line]
    return number


def test_each_fact_of_a_call_stands_with_its_line_and_the_rules_that_looked_at_it() -> None:
    shown = run("gateway", "catalog", TUBE, "--env", "prod")
    assert shown.exit_code == outcome.FINE
    assert shown.stdout.startswith("services.gateway -> services.catalog in prod: safe (")
    text = " ".join(shown.stdout.split())
    line = line_of("catalog: {deadline: 1s}")
    assert re.search(
        rf"deadline 1s out of 10s of edge public \(line 12\): 9s are left .*/topology\.yaml:{line}:27 RPC004, RPC011",
        text,
    )
    assert (
        "may be repeated: GetVideo NO_SIDE_EFFECTS, PublishVideo IDEMPOTENT and ListVideos NO_SIDE_EFFECTS"
        in text
    )
    assert re.search(r"grace 25s to end: preStop 5s, the longest work 10s.* K8S002", text)


def test_time_and_attempts_run_along_the_way(tmp_path: Path) -> None:
    deeper = (
        "  orders: {serves: shop.orders.v1.OrderService,",
        "  stock: {serves: shop.stock.v1.Stock}\n  orders: {calls: {stock: {retry: 2}}, serves: shop.orders.v1.OrderService,",
    )
    path = shop(tmp_path, deeper, ("{deadline: 3s}", "{deadline: 3s, retry: 2}"))
    found = facts(run("public", "stock", path, "--json"))
    assert found["deadline"]["says"].startswith("1s out of 3s of gateway (line 8): 2s are left")
    assert "along this way 2 x 2 = 4, of 4 at most" in found["attempts"]["says"]


def test_a_record_has_facts_from_its_transaction_to_its_effect() -> None:
    shown = run("upload", "processing", TUBE, "--env", "prod", "--json")
    document = json.loads(shown.stdout)
    assert [(each["from"], each["to"]) for each in document["hops"]] == [
        ("services.upload", "topics.video.uploaded"),
        ("topics.video.uploaded", "services.processing"),
    ]
    names = [[fact["name"] for fact in hop["facts"]] for hop in document["hops"]]
    assert {"outbox", "acknowledged", "leader"} <= set(names[0])
    assert {"commit", "inbox", "retry topic", "dead letters", "poll", "grace"} <= set(names[1])
    assert facts(shown)["handler"]["origins"][0]["at"]["line"] == line_of("timeout: 120s")


def test_a_finding_stands_below_the_fact_that_it_speaks_of(tmp_path: Path) -> None:
    path = shop(tmp_path, ("{group: mail}", "{group: mail, commit: before-effect}"))
    result = run("orders", "mail", path)
    assert result.exit_code == outcome.FINDINGS
    assert "not safe: 1 finding" in result.stdout
    lines = result.stdout.splitlines()
    commit = next(number for number, line in enumerate(lines) if line.startswith("  commit"))
    assert "KAF006" in lines[commit + 1]
    assert "[KAF006 offset-committed-before-the-effect]" in lines[commit + 2]
    assert lines[commit + 3].strip() == "fix: commit: after-effect"
    assert facts(run("orders", "mail", path, "--json"))["commit"]["found"] == ["KAF006"]


def test_what_a_waiver_allows_is_said_and_counts_as_safe(tmp_path: Path) -> None:
    waiver = ("buckets:", "waivers: [{allow: KAF006, until: 2999-01-01, reason: a test}]\nbuckets:")
    path = shop(tmp_path, ("{group: mail}", "{group: mail, commit: before-effect}"), waiver)
    result = run("orders", "mail", path)
    assert result.exit_code == outcome.FINE
    assert "safe (" in result.stdout
    assert "waived: group" in result.stdout


@pytest.mark.parametrize(
    "words", [("gateway", "orders"), ("gateway -> orders",), ("services.gateway→services.orders",)]
)
def test_the_two_parts_are_two_words_or_one_with_an_arrow(words: tuple[str, ...], tmp_path: Path) -> None:
    assert run(*words, shop(tmp_path)).stdout.startswith(
        "services.gateway -> services.orders in default: safe"
    )


def test_a_database_is_found_in_its_cluster_and_further_ways_are_named(tmp_path: Path) -> None:
    result = run("gateway", "mails", shop(tmp_path))
    assert result.stdout.startswith("services.gateway -> services.orders -> databases.main in default: safe")
    assert (
        "also: services.gateway -> services.orders -> topics.placed -> services.mail -> databases.main"
        in result.stdout
    )


def test_where_nothing_leads_the_reader_learns_what_does(tmp_path: Path) -> None:
    path = shop(tmp_path)
    result = run("mail", "gateway", path)
    assert result.exit_code == outcome.FINDINGS
    assert "nothing leads from services.mail to services.gateway" in result.stdout
    assert "from services.mail one comes to: databases.main" in result.stdout
    assert "to services.gateway one comes from: edges.public" in result.stdout
    assert "the other way around there is one: wireplan why services.gateway services.mail" in result.stdout
    assert json.loads(run("mail", "gateway", path, "--json").stdout)["found"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gatway", "catalog", str(TUBE)], "nothing is called gatway; did you mean gateway?"),
        (["gateway"], "the way from gateway leads where?"),
        (["gateway", "-"], "a shell takes > for a redirection"),
    ],
)
def test_wrong_use_is_a_sentence_and_exit_code_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome.guarded(lambda: build()(["why", *words])) == outcome.USE
    err = capsys.readouterr().err
    assert said in err
    assert "fix:" in err


def test_a_name_of_several_parts_has_to_be_said_in_full(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shop(tmp_path, ("buckets: {backups: {}}", "buckets: {backups: {}}\ncaches: {orders: {}}"))
    assert outcome.guarded(lambda: build()(["why", "gateway", "orders", str(path)])) == outcome.USE
    assert "say which: services.orders, caches.orders" in capsys.readouterr().err


def test_a_saga_is_told_step_by_step_with_its_lines() -> None:
    shown = run("saga", "create-order", FTGO)
    assert shown.exit_code == outcome.FINE
    assert shown.stdout.startswith("sagas.create-order in default: safe (")
    assert shown.stdout == run("sagas.create-order", FTGO).stdout
    assert re.search(r"step 4 authorize, \S*topology\.yaml:\d+:\d+", shown.stdout)
    assert re.search(r"pivot +authorize, step 4 of 6; .*\n.*topology\.yaml:\d+:\d+  SAG001", shown.stdout)
    data = json.loads(run("saga", "create-order", FTGO, "--json").stdout)
    assert (data["version"], data["saga"], data["safe"]) == (1, "create-order", True)
    assert data["owner"] == "ftgo-order-service"
    assert [each["name"] for each in data["steps"]][:2] == ["create", "validate"]
    assert data["steps"][0]["facts"][-1]["origins"][0]["at"]["line"] == data["steps"][0]["at"]["line"]


def test_what_is_wrong_with_a_saga_stands_below_its_fact() -> None:
    shown = run("saga", "place-order", BOUTIQUE)
    assert shown.exit_code == outcome.FINDINGS
    lines = shown.stdout.splitlines()
    owner = next(number for number, line in enumerate(lines) if line.startswith("  owner"))
    assert "[SAG003 saga-that-nobody-remembers]" in lines[owner + 2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["saga", "create-oder", str(FTGO)], "did you mean create-order?"),
        (["sagas.create-oder", str(FTGO)], "did you mean sagas.create-order?"),
        (["saga", "publish", str(TUBE)], "nothing among the sagas is called publish"),
        (["saga"], "which saga?"),
    ],
)
def test_a_saga_that_is_not_there_is_wrong_use(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome.guarded(lambda: build()(["why", *words])) == outcome.USE
    assert said in capsys.readouterr().err


def test_a_way_says_whether_records_are_drained_survive_and_fit(tmp_path: Path) -> None:
    rates = [
        ("{group: mail}", "{group: mail, handler: {mean: 100ms}, outage: 1h, catch_up: 6h}"),
        ("{message: shop.events.v1.Placed}", "{message: shop.events.v1.Placed, rate: 5/s, partitions: 4}"),
    ]
    path = shop(tmp_path, *rates)
    found = json.loads(run("orders", "mail", path, "--json").stdout)
    published, consumed = ({each["name"]: each for each in hop["facts"]} for hop in found["hops"])
    assert published["survives"]["says"].startswith("1 failure at once: broker 0, the leader; broker 1")
    assert published["outbox survives"]["says"].startswith("until the brokers have it: 1 failure at once")
    assert published["outbox survives"]["origins"][0]["at"]["line"] == 12
    assert "can keep what is too large to go on" in published["fits"]["says"]
    assert consumed["pace"]["says"].endswith("= 20/s at most, and 5/s come (line 11): it drains them")
    assert consumed["catches up"]["says"].startswith("20min after 1h away (line 10): 18000 records wait")
    assert consumed["catches up"]["says"].endswith("within its catch_up of 6h")
    assert "fits the client's 100M, retry topics and dead letters" in consumed["fits"]["says"]
    slow = json.loads(run("orders", "mail", shop(tmp_path, *rates, ("5/s", "50/s")), "--json").stdout)
    facts = {each["name"]: each for each in slow["hops"][1]["facts"]}
    assert "falls behind, and records are deleted unread after" in facts["pace"]["says"]
    assert facts["pace"]["found"] == ["KAF020"]
    assert "catches up" not in facts


def test_what_is_too_large_to_go_on_stands_below_its_fact(tmp_path: Path) -> None:
    large = ("budget: 10s,", "budget: 10s, max_body: 10Mi,")
    found = json.loads(run("public", "orders", shop(tmp_path, large), "--json").stdout)
    route, call = ({each["name"]: each for each in hop["facts"]} for hop in found["hops"])
    assert route["size"]["says"] == "10Mi a request at most, 413 beyond it"
    assert "10Mi (line 3), is too large for this way" in call["fits"]["says"]
    assert call["fits"]["found"] == ["MSG007"]
    small = ("budget: 10s,", "budget: 10s, max_body: 1Mi,")
    found = json.loads(run("public", "orders", shop(tmp_path, small), "--json").stdout)
    fits = next(each for each in found["hops"][1]["facts"] if each["name"] == "fits")
    assert "goes on by this way" in fits["says"]
    assert fits["found"] == []


def test_what_the_page_shows_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = list(samples("why.md"))
    assert len(found) == 2
    for words, shown in found:
        assert is_printed(shown, CliRunner().invoke(build(), words).stdout.splitlines())
