"""Dead letters beside the brokers: what is open, how a record goes back, and that nothing is lost whatever is not acknowledged (row F2.2)."""

import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.rim import dead_letters
from wireplan.rim import kafka_letters as letters
from wireplan.rim import letter_records as records

from tests.brokers import Brokers, Headers

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = ROOT / "service_templates" / "platform" / "files" / "src" / "{{platform}}" / "kafka"
DEAD, RETRY = "orders.billing.dlt", "orders.billing.retry.5s"
HISTORY: list[tuple[str, bytes]] = [
    ("attempt", b"4"), ("last-failure", b"2027-01-02T00:00:00+00:00"), ("error-class", b"business"),
    ("error-type", b"KeyError"), ("error-reason", b"no such account"),
]  # fmt: skip
ORIGIN: list[tuple[str, bytes]] = [
    ("source-topic", b"orders"), ("source-partition", b"2"), ("source-offset", b"41"), ("event-id", b"e1"),
    ("first-failure", b"2027-01-01T00:00:00+00:00"),
]  # fmt: skip
OWN: list[tuple[str, bytes]] = [
    ("type", b"shop.Order"),
    ("traceparent", b"00-1-2-01"),
    ("x", b"\xff"),
    ("x", b"2"),
]
WORDS = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=8)
HEADERS = st.lists(
    st.tuples(WORDS | st.sampled_from(sorted(records.PAST | {"event-id"})), st.binary(max_size=9)), max_size=9
)


@pytest.fixture
def brokers(monkeypatch: pytest.MonkeyPatch) -> Brokers:
    return Brokers().installed(monkeypatch)


def letter(brokers: Brokers, key: bytes = b"k", headers: Headers = (*OWN, *ORIGIN, *HISTORY)) -> int:
    """Write a letter; its offset."""
    return brokers.write(DEAD, key, b"value of " + key, headers).offset()


def order(action: str, *offsets: int, again: bool = False, only: str = "") -> dict[str, Any]:
    back = {DEAD: [RETRY, only]} if action == records.REPLAYED else {}
    places = [[DEAD, 0, offset] for offset in offsets]
    return {
        "action": action,
        "again": again,
        "at": "2027-01-03T00:00:00+00:00",
        "letters": places,
        "back": back,
    }


def opened() -> list[int]:
    return [each["offset"] for each in letters.look([DEAD])["letters"]]


# A record on its way back.


def test_a_replay_has_the_headers_of_the_record_and_not_those_of_its_failures() -> None:
    found = records.replayed([*OWN, *ORIGIN, *HISTORY], (DEAD, 0, 7))
    assert found == [*OWN, *ORIGIN, ("replays", b"1")]


def test_a_replay_that_died_again_counts_on() -> None:
    once = records.replayed([*OWN, *ORIGIN, *HISTORY], (DEAD, 0, 7), only="billing")
    assert once[-2:] == [("replays", b"1"), ("only-group", b"billing")]
    assert records.replayed([*once, *HISTORY], (DEAD, 0, 8)) == [*OWN, *ORIGIN, ("replays", b"2")]


def test_a_strangers_record_keeps_the_id_that_services_give_it() -> None:
    """As Received of the platform: else the inbox would take a replay for another event."""
    known = [pair for pair in ORIGIN if pair[0] != "event-id"]
    assert dict(records.replayed(known, (DEAD, 0, 7)))["event-id"].decode() == str(
        uuid.uuid5(uuid.NAMESPACE_URL, "orders/2/41")
    )
    alone = dict(records.replayed([], (DEAD, 0, 7)))["event-id"].decode()
    assert alone == str(uuid.uuid5(uuid.NAMESPACE_URL, f"{DEAD}/0/7"))


@given(HEADERS, st.sampled_from(["", "billing"]))
def test_whatever_a_record_carries_goes_back_in_its_order(given: list[tuple[str, bytes]], only: str) -> None:
    found = records.replayed(given, (DEAD, 0, 7), only)
    own = [(name, value) for name, value in given if name not in records.PAST]
    assert found[: len(own)] == own
    added = [name for name, _ in found[len(own) :]]
    assert len(added) == len(set(added))
    assert records.last(found).get("only-group", "") == only
    assert records.last(found)["event-id"] == records.last(given).get(
        "event-id", records.last(found)["event-id"]
    )


# What is open.


def test_a_letter_is_open_until_a_mark_lies_behind_it(brokers: Brokers) -> None:
    first, second, third = (letter(brokers, key) for key in (b"a", b"b", b"c"))
    assert opened() == [first, second, third]
    letters.apply(order(records.DISCARDED, second))
    assert opened() == [first, third]
    every = {each["offset"]: each for each in letters.look([DEAD], everything=True)["letters"]}
    assert {offset: each["state"] for offset, each in every.items()} == {
        first: "open",
        second: "discarded",
        third: "open",
    }
    assert every[second]["settled_at"] == "2027-01-03T00:00:00+00:00"


def test_a_mark_for_what_comes_later_or_is_no_number_settles_nothing(brokers: Brokers) -> None:
    """Anybody who may write there could write one."""
    for about in ("1", "-1", "²", "x"):
        brokers.write(
            DEAD, b"k", None, [*records.mark(0, "discarded", "now")[1:], ("letter-offset", about.encode())]
        )
    found = letter(brokers)
    assert opened() == [found]


def test_a_letter_says_what_its_headers_say(brokers: Brokers) -> None:
    offset = letter(brokers)
    (found,) = letters.look([DEAD])["letters"]
    assert (found["class"], found["type"], found["reason"], found["attempts"]) == (
        "business",
        "KeyError",
        "no such account",
        "4",
    )
    assert [found[f"source_{name}"] for name in ("topic", "partition", "offset")] == ["orders", "2", "41"]
    assert "headers" not in found
    whole = letters.show(DEAD, 0, offset)
    assert whole["letter"]["headers"]["traceparent"] == "00-1-2-01"
    assert whole["value"] == "dmFsdWUgb2Ygaw=="
    assert letters.show(DEAD, 0, offset + 1) == {}


@pytest.mark.parametrize(
    ("key", "said"),
    [(None, None), (b"", ""), (b"video", "video"), (b"\xff\x00", "0xff00"), (b"\x1b[2J", "0x1b5b324a")],
)
def test_a_key_is_text_where_it_is_text(key: bytes | None, said: str | None) -> None:
    assert records.word(key) == said


def test_a_topic_that_nobody_has_made_yet_holds_nothing(brokers: Brokers) -> None:
    del brokers
    assert letters.look(["another.dlt"]) == {"letters": [], "more": 0}


def test_too_many_letters_are_cut_and_counted(brokers: Brokers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MOST", 2)
    oldest = [letter(brokers), letter(brokers), letter(brokers)][:2]
    assert opened() == oldest
    assert letters.look([DEAD])["more"] == 1


def test_of_too_many_letters_those_that_are_meant_are_told(
    brokers: Brokers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the 2001st letter could be neither named nor found by its class."""
    monkeypatch.setattr(letters, "MOST", 1)
    letter(brokers)
    poison = letter(brokers, headers=[("error-class", b"poison")])
    for meant in ({"places": [[DEAD, 0, poison]]}, {"kind": "poison"}):
        found = letters.look([DEAD], **meant)  # type: ignore[arg-type]
        assert ([each["offset"] for each in found["letters"]], found["more"]) == ([poison], 0)


def test_a_number_that_nobody_can_read_hides_no_letter(brokers: Brokers) -> None:
    """Python refuses to read thousands of digits."""
    wild = letter(brokers, headers=[("replays", b"9" * 5000)])
    brokers.write(DEAD, b"m", None, [("letter-offset", b"9" * 5000), ("letter-action", b"discarded")])
    assert opened() == [wild]
    assert records.replayed([("replays", b"9" * 5000)], (DEAD, 0, 0))[-1] == ("replays", b"1")


def test_a_large_value_is_shown_by_its_beginning(brokers: Brokers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "SHOWN", 5)
    found = letters.show(DEAD, 0, letter(brokers))
    assert (found["value"], found["cut"]) == ("dmFsdWU=", True)


# What is done with them.


@pytest.mark.row("F2.2")
def test_a_replay_is_the_same_record_where_its_group_reads_it_and_is_no_longer_open(brokers: Brokers) -> None:
    offset = letter(brokers)
    assert letters.apply(order(records.REPLAYED, offset)) == {
        "done": [f"{DEAD}/0/{offset}"],
        "failed": {},
        "refused": {},
    }
    (back,) = brokers.records(RETRY)
    assert (back.key(), back.value()) == (b"k", b"value of k")
    assert records.last(back.headers() or ()) == records.last([*OWN, *ORIGIN, ("replays", b"1")])
    assert opened() == []
    (found,) = letters.look([DEAD], everything=True)["letters"]
    assert (found["state"], found["settled_to"]) == ("replayed", RETRY)


def test_letters_between_those_that_are_meant_stay_where_they_are(brokers: Brokers) -> None:
    first, between, last = (letter(brokers, key) for key in (b"a", b"b", b"c"))
    letters.apply(order(records.REPLAYED, last, first))
    assert [each.key() for each in brokers.records(RETRY)] == [b"a", b"c"]
    assert opened() == [between]


def test_a_mark_lies_in_the_partition_of_its_letter(brokers: Brokers) -> None:
    """Offsets count by partition, and so does what a topic keeps."""
    letter(brokers)
    brokers.write(DEAD, b"k", b"v", ORIGIN, partition=1)
    letters.apply({**order(records.DISCARDED), "letters": [[DEAD, 1, 0]]})
    every = letters.look([DEAD], everything=True)["letters"]
    assert {each["partition"]: each["state"] for each in every} == {0: "open", 1: "discarded"}


def test_what_is_done_with_is_not_done_again_unless_it_is_asked_for(brokers: Brokers) -> None:
    """Two people at the same letters: the second one's order finds them settled."""
    offset, name = letter(brokers), f"{DEAD}/0/0"
    letters.apply(order(records.DISCARDED, offset))
    assert letters.apply(order(records.REPLAYED, offset))["refused"] == {name: "discarded"}
    assert brokers.records(RETRY) == []
    assert letters.apply(order(records.REPLAYED, offset, again=True))["done"] == [name]
    assert len(brokers.records(RETRY)) == 1


def test_what_is_no_letter_is_not_sent_anywhere(brokers: Brokers) -> None:
    """Neither a place where nothing lies, nor a mark."""
    offset = letter(brokers)
    letters.apply(order(records.DISCARDED, offset))
    told = letters.apply(order(records.REPLAYED, 1, 9, again=True))
    assert told["refused"] == {f"{DEAD}/0/1": "not there", f"{DEAD}/0/9": "not there"}
    assert brokers.records(RETRY) == []


def test_what_was_not_acknowledged_stays_open(brokers: Brokers) -> None:
    first, second = letter(brokers, b"a"), letter(brokers, b"b")
    brokers.refuse = lambda topic, _: topic == RETRY
    told = letters.apply(order(records.REPLAYED, first, second))
    assert told["done"] == []
    assert told["failed"] == {f"{DEAD}/0/{offset}": "not enough replicas" for offset in (first, second)}
    assert opened() == [first, second]


def test_a_replay_whose_mark_was_not_written_is_told_and_open(brokers: Brokers) -> None:
    """So it may be sent once more, which the inbox makes harmless; the other way round it would be lost."""
    offset = letter(brokers)
    brokers.refuse = lambda topic, _: topic == DEAD
    told = letters.apply(order(records.REPLAYED, offset))
    assert told["failed"] == {f"{DEAD}/0/{offset}": "replayed, and not marked: not enough replicas"}
    assert len(brokers.records(RETRY)) == 1
    assert opened() == [offset]


STEPS = st.lists(
    st.tuples(st.sampled_from(["die", records.REPLAYED, records.DISCARDED]), st.sets(st.integers(0, 6), max_size=4), st.booleans()),
    max_size=12,
)  # fmt: skip


@given(STEPS)
def test_every_letter_is_open_until_it_went_back_or_was_put_aside(
    steps: list[tuple[str, set[int], bool]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        brokers, settled, back = Brokers().installed(patch), set[int](), list[bytes | None]()
        for action, offsets, refused in steps:
            before = brokers.records(DEAD)
            if action == "die":
                letter(brokers, str(len(before)).encode())
                continue
            brokers.refuse = lambda _, __, refused=refused: refused
            told = letters.apply(order(action, *offsets))
            done = {int(name.rsplit("/", 1)[1]) for name in told["done"]}
            assert not done & settled
            assert not (done and refused)
            settled |= done
            if action == records.REPLAYED:
                back += [before[offset].key() for offset in sorted(done)]
            assert brokers.records(DEAD)[: len(before)] == before, "nothing in the topic is changed"
        deaths = {
            each.offset()
            for each in brokers.records(DEAD)
            if "letter-offset" not in records.last(each.headers() or ())
        }
        assert set(opened()) == deaths - settled
        assert [each.key() for each in brokers.records(RETRY)] == back


# What it has in common with the services.


def test_headers_are_called_as_the_services_call_them() -> None:
    text = (PLATFORM / "letters.py.jinja").read_text() + (PLATFORM / "records.py").read_text()
    theirs = dict(re.findall(r'^([A-Z_]+) = "([a-z-]+)"$', text, re.MULTILINE))
    ours = {
        "EVENT_ID": records.EVENT_ID, "ATTEMPT": records.ATTEMPT, "FIRST_FAILURE": records.FIRST, "LAST_FAILURE": records.LAST,
        "ERROR_CLASS": records.CLASS, "ERROR_TYPE": records.KIND, "ERROR_REASON": records.REASON, "SOURCE_TOPIC": records.TOPIC,
        "SOURCE_PARTITION": records.PARTITION, "SOURCE_OFFSET": records.OFFSET, "TYPE": records.TYPE, "ONLY_GROUP": records.ONLY_GROUP,
    }  # fmt: skip
    assert {name: theirs.get(name) for name in ours} == ours


def test_the_script_fits_into_a_pods_command() -> None:
    """Linux takes 128 KiB in one argument, and Kubernetes replaces $(NAME) in it."""
    text = dead_letters.program()
    assert len(text.encode()) < 2**16
    assert "$(" not in text


def test_the_program_of_a_pod_needs_nothing_of_ours(tmp_path: Path) -> None:
    """Neither Wireplan nor the client for what it can say without brokers."""
    words = [sys.executable, "-I", "-S", "-c", dead_letters.program(), '{"question": "nothing", "with": {}}']
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == '{"error": "KeyError: \'nothing\'"}\n'


@pytest.mark.parametrize(("asked", "said"), [
    ('{"question": "look", "with": {"topics": ["orders.billing.dlt"]}}', '{"letters": [], "more": 0}\n'),
    ('{"question": "nothing", "with": {}}', '{"error": "KeyError: \'nothing\'"}\n'),
])  # fmt: skip
def test_it_answers_in_a_line_of_json(
    brokers: Brokers,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: str,
    said: str,
) -> None:
    del brokers
    monkeypatch.setattr("sys.argv", ["-c", asked[:9], asked[9:]])
    letters.main()
    assert capsys.readouterr().out == said


def test_brokers_that_do_not_answer_are_told(
    brokers: Brokers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    brokers.down = True
    monkeypatch.setattr("sys.argv", ["-c", '{"question": "look", "with": {"topics": ["t"]}}'])
    letters.main()
    assert capsys.readouterr().out == '{"error": "TimeoutError: no broker answers"}\n'
