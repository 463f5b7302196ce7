"""`wireplan dead-letters`: list, show, replay, discard, against brokers in memory that the pod's own script asks (row F2.2)."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.manifests import kafka as manifest
from wireplan.rim import checked, dead_letters, kafka_letters
from wireplan.rim.program import kube
from wireplan.rim.trouble import Trouble

from tests.brokers import NOW, Brokers
from tests.commands.pages import is_printed, samples
from tests.manifests import pss
from tests.manifests.conftest import images, made, resolved

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"
PROTOS = TUBE.parents[1] / "protos"
STATISTICS, PROCESSING = "video.processed.statistics.dlt", "video.uploaded.processing.dlt"
FILM = "0191f3ae-0000-4000-8000-000000000001"
FAILED = b"\x0a\x24" + FILM.encode()  # a VideoProcessed that names its video


class World:
    """A cluster whose pods run in this process."""

    def __init__(self) -> None:
        self.ran: list[dict[str, Any]] = []

    def run(self, pod: dict[str, Any], seconds: float) -> str:
        del seconds
        self.ran.append(pod)
        asked = json.loads("".join(pod["spec"]["containers"][0]["command"][3:]))
        answer = {"look": kafka_letters.look, "show": kafka_letters.show, "apply": kafka_letters.apply}
        return json.dumps(answer[asked["question"]](**asked["with"]))


def headers(
    kind: str, error: str, reason: str, source: str, attempts: str, message: str
) -> list[tuple[str, bytes]]:
    topic, partition, offset = source.split("/")
    words = {
        "event-id": "5b0e7a52-7f0e-4a9e-9f44-0d9f0a4b7c11", "type": message, "source-topic": topic, "source-partition": partition,
        "source-offset": offset, "first-failure": "2027-01-15T07:50:00+00:00", "last-failure": "2027-01-15T07:52:10+00:00",
        "error-class": kind, "error-type": error, "error-reason": reason, "attempt": attempts,
    }  # fmt: skip
    return [(name, word.encode()) for name, word in words.items()]


@pytest.fixture
def brokers(monkeypatch: pytest.MonkeyPatch) -> Brokers:
    """Two letters: a film that is none, and facts that a rule of the database refused."""
    found = Brokers().installed(monkeypatch)
    poison = headers(
        "poison",
        "Poison",
        "the film is no film that can be played",
        "video.uploaded/5/12",
        "1",
        "tube.events.v1.VideoUploaded",
    )
    refused = 'new row for relation "facts" violates check constraint "short"'
    business = headers(
        "business", "CheckViolation", refused, "video.processed/0/41", "4", "tube.events.v1.VideoProcessed"
    )
    found.write(PROCESSING, FILM.encode(), b"\x0a\x24" + FILM.encode(), poison)
    found.write(STATISTICS, FILM.encode(), FAILED, business)
    return found


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The cluster of tube in this process: everything but its API, its images and the clock is as it is."""
    found, topology = World(), resolved("local")
    monkeypatch.setenv("WIREPLAN_TOPOLOGY", str(TUBE))
    monkeypatch.setattr(checked, "images", lambda path, stack: images(topology))
    monkeypatch.setattr(dead_letters, "usable", lambda where: None)
    monkeypatch.setattr(kube, "Cluster", lambda where: found)
    monkeypatch.setattr(dead_letters, "now", lambda: NOW)
    return found


def run(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(build(), ["dead-letters", *words], input=text)


def opened(*words: str) -> list[str]:
    return [each["letter"] for each in json.loads(run("list", "--format", "json", *words).stdout)["letters"]]


@pytest.mark.usefixtures("brokers")
def test_open_letters_are_listed_with_what_failed() -> None:
    done = run("list")
    assert done.exit_code == 0, done.exception
    lines = done.stdout.splitlines()
    assert lines[0] == "2 open dead letters"
    assert lines[2] == "group processing of service processing"
    assert lines[4].split()[:6] == [f"{PROCESSING}/0/0", "7m", "1", "poison", FILM, "video.uploaded/5/12"]
    assert lines[4].endswith("Poison: the film is no film that can be played")


@pytest.mark.usefixtures("brokers")
@pytest.mark.parametrize(("words", "found"), [
    ((), [f"{PROCESSING}/0/0", f"{STATISTICS}/0/0"]),
    (("--group", "statistics"), [f"{STATISTICS}/0/0"]),
    (("--service", "processing"), [f"{PROCESSING}/0/0"]),
    (("--topic", "video.processed"), [f"{STATISTICS}/0/0"]),
    (("--class", "business"), [f"{STATISTICS}/0/0"]),
    (("--class", "poison", "--group", "statistics"), []),
])  # fmt: skip
def test_letters_are_asked_for_by_service_group_topic_and_class(
    words: tuple[str, ...], found: list[str]
) -> None:
    assert opened(*words) == found


def test_a_group_that_nobody_has_is_told_with_those_there_are() -> None:
    error = run("list", "--group", "statistic").exception
    assert isinstance(error, Trouble)
    assert "statistics (video.processed)" in error.fix


@pytest.mark.usefixtures("brokers")
def test_a_letter_is_shown_with_its_message() -> None:
    done = run("show", f"{STATISTICS}/0/0")
    assert done.exit_code == 0, done.exception
    assert "  value, tube.events.v1.VideoProcessed, 38 bytes" in done.stdout
    assert f'      "video_id": "{FILM}"' in done.stdout
    assert "    error-type: CheckViolation" in done.stdout
    found = json.loads(run("show", f"{STATISTICS}/0/0", "--format", "json").stdout)
    assert found["value"]["json"] == {"video_id": FILM}
    assert found["headers"]["source-offset"] == "41"


@pytest.mark.row("F2.2")
def test_a_replayed_letter_goes_to_the_retry_topic_of_its_group_and_is_no_longer_open(
    brokers: Brokers,
) -> None:
    done = run("replay", f"{STATISTICS}/0/0", "--yes")
    assert (done.exit_code, done.stdout) == (
        0,
        f"replayed: {STATISTICS}/0/0 -> video.processed.statistics.retry.5s\n",
    )
    (back,) = brokers.records("video.processed.statistics.retry.5s")
    assert back.value() == FAILED
    assert brokers.records("video.processed") == []
    assert opened() == [f"{PROCESSING}/0/0"]
    assert opened("--all") == [f"{PROCESSING}/0/0", f"{STATISTICS}/0/0"]


def test_a_discarded_letter_stays_where_it_is_and_is_no_longer_open(brokers: Brokers) -> None:
    done = run("discard", "--class", "poison", "--yes")
    assert (done.exit_code, done.stdout) == (0, f"discarded: {PROCESSING}/0/0\n")
    assert opened() == [f"{STATISTICS}/0/0"]
    letter, mark = brokers.records(PROCESSING)
    assert letter.value()
    assert mark.value() is None


def test_all_letters_are_replayed_where_it_is_said_so(brokers: Brokers) -> None:
    assert run("replay", "--all", "--yes").exit_code == 0
    assert opened() == []
    assert len(brokers.records("video.uploaded.processing.retry.5s")) == 1
    again = run("replay", "--all", "--yes")
    assert (again.exit_code, again.stdout) == (0, "")


def test_what_is_done_with_is_replayed_only_where_it_is_asked_for_once_more(brokers: Brokers) -> None:
    run("discard", f"{STATISTICS}/0/0", "--yes")
    error = run("replay", f"{STATISTICS}/0/0", "--yes").exception
    assert isinstance(error, Trouble)
    assert error.what == f"{STATISTICS}/0/0 is discarded already"
    assert run("replay", f"{STATISTICS}/0/0", "--again", "--yes").exit_code == 0
    assert len(brokers.records("video.processed.statistics.retry.5s")) == 1


def test_what_the_brokers_do_not_acknowledge_is_told_and_open(brokers: Brokers) -> None:
    brokers.refuse = lambda topic, _: topic.endswith(".retry.5s")
    done = run("replay", f"{STATISTICS}/0/0", "--yes")
    assert (done.exit_code, done.stdout) == (1, f"not replayed: {STATISTICS}/0/0: not enough replicas\n")
    assert f"{STATISTICS}/0/0" in opened()


@pytest.mark.parametrize(("said", "code", "left"), [("y\n", 0, 1), ("n\n", 1, 2), ("\n", 1, 2)])
def test_it_is_asked_before_anything_is_done(
    brokers: Brokers, monkeypatch: pytest.MonkeyPatch, said: str, code: int, left: int
) -> None:
    del brokers
    monkeypatch.setattr(dead_letters, "somebody", lambda: True)
    done = run("discard", f"{STATISTICS}/0/0", text=said)
    assert done.exit_code == code
    assert "Discard 1 letter of tube (local)? [y/N]" in done.stderr
    assert len(opened()) == left


@pytest.mark.usefixtures("brokers")
@pytest.mark.parametrize(("words", "what"), [
    (("replay",), "which letters?"),
    (("replay", "--all", f"{STATISTICS}/0/0"), "letters are named, and chosen by options as well"),
    (("replay", "x", "y", "--all"), "x and y are no letters"),
    (("show", "video.processed.statistics.dlt"), "video.processed.statistics.dlt is no letter"),
    (("show", "video.processed.statistics.dtl/0/0"), "video.processed.statistics.dtl is no topic of dead letters of tube; did you mean"),
    (("show", f"{STATISTICS}/0/77"), f"there is no letter {STATISTICS}/0/77"),
    (("replay", f"{STATISTICS}/0/77", "--yes"), f"there is no letter {STATISTICS}/0/77"),
    (("discard", f"{STATISTICS}/0/0"), "nobody is there to say whether letters shall be discarded"),
])  # fmt: skip
def test_wrong_use_is_told_and_does_nothing(words: tuple[str, ...], what: str) -> None:
    error = run(*words).exception
    assert isinstance(error, Trouble), error
    assert what in error.what
    assert len(opened()) == 2


def test_kafka_that_does_not_answer_is_trouble(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "run", lambda pod, seconds: '{"error": "TimeoutError: no broker answers"}')
    error = run("list").exception
    assert isinstance(error, Trouble)
    assert (error.what, error.why) == ("Kafka did not answer", "TimeoutError: no broker answers")


def test_however_many_letters_are_settled_no_argument_is_too_long(
    brokers: Brokers, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux takes 128 KiB in one."""
    assert dead_letters.PIECE < 2**17
    monkeypatch.setattr(dead_letters, "PIECE", 1000)
    for _ in range(99):
        brokers.write(STATISTICS, b"k", b"v")
    assert run("discard", "--group", "statistics", "--yes").exit_code == 0
    assert opened() == [f"{PROCESSING}/0/0"]
    asked = [pod["spec"]["containers"][0]["command"][3:] for pod in world.ran]
    assert max(len(words) for words in asked) > 2
    assert max(len(word) for words in asked for word in words) == 1000


@pytest.mark.usefixtures("brokers")
def test_the_pod_keeps_the_restricted_standard_and_has_no_secret_and_no_token(world: World) -> None:
    run("list")
    (pod,) = world.ran
    assert list(pss.violations(pod["spec"])) == []
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert "secret" not in json.dumps({**pod["spec"], "containers": []}).lower()
    (container,) = pod["spec"]["containers"]
    assert [each["name"] for each in container["env"]] == ["KAFKA_BOOTSTRAP"]


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_the_pod_goes_by_an_account_and_a_policy_that_the_system_has(environment: str) -> None:
    """Whoever makes the topics: our Job, or Strimzi's operator, whose listener lets the pod in as it does the services."""
    topology = resolved(environment)
    pod = manifest.asking(topology, images(topology), "letters", ["python3"], 60)
    labels = pod["metadata"]["labels"].items()
    bodies = [one.body for one in made(environment)]
    accounts = {body["metadata"]["name"] for body in bodies if body["kind"] == "ServiceAccount"}
    assert pod["spec"]["serviceAccountName"] in accounts
    policies = [body["spec"] for body in bodies if body["kind"] == "NetworkPolicy"]
    own = [
        spec
        for spec in policies
        if (chosen := spec["podSelector"].get("matchLabels")) and chosen.items() <= labels
    ]
    assert [port["port"] for spec in own for rule in spec["egress"] for port in rule["ports"]] == [9092]
    assert "ingress" not in own[0]
    let_in = [
        peer["podSelector"]["matchLabels"].items() <= labels
        for body in bodies
        if body["kind"] == "NetworkPolicy" and body["metadata"]["name"] == "kafka"
        for rule in body["spec"]["ingress"]
        for peer in rule["from"]
    ]
    assert let_in.count(True) == 1


def test_a_stack_without_an_image_for_the_pod_is_told_what_to_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.undo()
    (tmp_path / "topology.yaml").write_text("system: shop\nservices: {front: {kind: gateway}}\n")
    (tmp_path / "local.yaml").write_text("environment: {name: local, profile: dev, contexts: [somewhere]}\n")
    error = run("list", str(tmp_path)).exception
    assert isinstance(error, Trouble)
    assert error.what == "shop has no topics in local, so it has no dead letters"
    monkeypatch.setattr("wireplan.rim.checked.topology", lambda path, stack: resolved("local"))
    error = run("list", str(tmp_path)).exception
    assert isinstance(error, Trouble)
    assert error.fix == "wireplan images build tools"


def test_the_contracts_of_the_system_are_found_by_its_topology(tmp_path: Path) -> None:
    assert (
        dead_letters.protos(TUBE, "local") == dead_letters.protos(TUBE / "topology.yaml", "local") == PROTOS
    )
    (tmp_path / "topology.yaml").write_text("system: shop\nservices: {front: {kind: gateway}}\n")
    (tmp_path / "local.yaml").write_text("environment: {profile: dev}\n")
    assert dead_letters.protos(tmp_path, "local") is None


@pytest.mark.usefixtures("brokers")
def test_what_the_page_shows_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TUBE)
    found = list(samples("dead-letters.md"))
    assert len(found) == 5
    for words, shown in found:
        printed = CliRunner().invoke(build(), words).stdout.splitlines()
        assert is_printed(shown, printed), (words, printed)
