"""Dead letters as Kafka has them: looked at, sent back, put aside. Runs inside the cluster, in a pod of the tools image.

Only the standard library, confluent-kafka and `letter_records` may be imported here: the pod is given the text of this file and of that one.
"""

# The client is installed in the image, not where the repository is checked; and it has no types.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import base64
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from wireplan.rim.letter_records import CLASS, REPLAYED, Place, last, mark, replayed, sorted_out, told, word

SECONDS = 15.0
MOST = 2000
"""Letters that are told at once: what a pod says has to fit into its log."""
SHOWN = 256 * 1024
"""Bytes of a value that are shown."""
TOGETHER = 100
"""Letters that are sent back before it is waited for the brokers."""


def look(
    topics: Iterable[str], *, everything: bool = False, kind: str = "", places: Iterable[Iterable[Any]] = ()
) -> dict[str, Any]:
    """The open letters of dead-letter topics, the oldest first; with `everything` also those that are done with. Of one class or at `places` only, if said."""
    named = {tuple(each) for each in places}
    found = [each for each in sorted_out(record(each) for each in records(spans(topics)))
             if (everything or each["state"] == "open") and kind in ("", each["headers"].get(CLASS))
             and (not named or (each["topic"], each["partition"], each["offset"]) in named)]  # fmt: skip
    wanted = sorted(found, key=lambda each: each["time"])
    return {"letters": [told(each) for each in wanted[:MOST]], "more": max(0, len(wanted) - MOST)}


def show(topic: str, partition: int, offset: int) -> dict[str, Any]:
    """One letter whole; an empty answer where there is none."""
    values: list[bytes] = []

    def seen() -> Iterator[dict[str, Any]]:
        for each in records(spans([topic])):
            if (each.partition(), each.offset()) == (partition, offset):
                values.append(each.value() or b"")
            yield record(each)

    for letter in sorted_out(seen()):
        if (letter["partition"], letter["offset"]) == (partition, offset):
            value = base64.b64encode(values[0][:SHOWN]).decode()
            return {"letter": told(letter, entirely=True), "value": value, "cut": letter["size"] > SHOWN}
    return {}


def apply(order: Mapping[str, Any]) -> dict[str, Any]:
    """Send letters back, or put them aside, and mark each behind itself. What nobody acknowledged stays open, and is told.

    `order`: `action`, `at`, whether also letters that are done with (`again`), `letters` as [topic, partition, offset], and for a
    replay `back`, by topic where its letters go and the one group that is to handle them.
    """
    wanted = {(str(topic), int(number), int(offset)) for topic, number, offset in order["letters"]}
    seen = sorted_out(record(each) for each in records(spans({topic for topic, _, _ in wanted})))
    states = {(each["topic"], each["partition"], each["offset"]): str(each["state"]) for each in seen}
    unfit = {place: state for place in wanted if (state := states.get(place, "not there")) != "open"}
    refused = {place: state for place, state in unfit.items() if state == "not there" or not order["again"]}
    failed = applied(order, sorted(wanted - set(refused)))
    done = sorted(wanted - set(refused) - set(failed))
    return {"done": [name(each) for each in done], "failed": named(failed), "refused": named(refused)}


def applied(order: Mapping[str, Any], places: list[Place]) -> dict[Place, str]:
    """Those that nobody acknowledged, with the reason. A letter goes back before its mark is written: it may come twice, and is not lost."""
    from confluent_kafka import Producer

    producer = Producer({**brokers(), "enable.idempotence": True, "acks": "all", "compression.type": "lz4",
                         "delivery.timeout.ms": 30_000, "message.max.bytes": 1_000_000_000})  # fmt: skip
    action, failed = str(order["action"]), dict[Place, str]()
    for begin in range(0, len(places), TOGETHER):
        some = places[begin : begin + TOGETHER]
        if action == REPLAYED:
            failed |= sent(producer, {place: returning(order, each) for place, each in chosen(some)})
        safe = [place for place in some if place not in failed]
        unmarked = sent(producer, {place: marking(order, place) for place in safe})
        failed |= {place: f"{action}, and not marked: {why}" for place, why in unmarked.items()}
    return failed


def returning(order: Mapping[str, Any], letter: Any) -> dict[str, Any]:
    """What is written to send a letter back."""
    topic, only = order["back"][letter.topic()]
    headers = replayed(letter.headers() or (), (letter.topic(), letter.partition(), letter.offset()), only)
    return {"topic": topic, "key": letter.key(), "value": letter.value(), "headers": headers}


def marking(order: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """What is written behind a letter."""
    topic, number, offset = place
    headers = mark(offset, order["action"], order["at"], order["back"].get(topic, [""])[0])
    return {"topic": topic, "partition": number, "key": f"{number}/{offset}".encode(), "headers": headers}


def sent(producer: Any, wanted: Mapping[Place, dict[str, Any]]) -> dict[Place, str]:
    """Write records and wait for the brokers; why not, for each that was not acknowledged."""
    missing = dict.fromkeys(wanted, "the brokers did not answer in time")

    def heard(place: Place, error: Any, _: Any) -> None:
        if error is None:
            missing.pop(place, None)
        else:
            missing[place] = str(error)

    for place, each in wanted.items():
        producer.produce(**each, on_delivery=partial(heard, place))
        producer.poll(0)
    producer.flush(3 * SECONDS)
    return missing


def chosen(places: list[Place]) -> Iterator[tuple[Place, Any]]:
    """The records at these places, which are sorted."""
    offsets: dict[tuple[str, int], list[int]] = {}
    for topic, number, offset in places:
        offsets.setdefault((topic, number), []).append(offset)
    for each in records({place: (some[0], some[-1] + 1) for place, some in offsets.items()}):
        if each.offset() in offsets[each.topic(), each.partition()]:
            yield (each.topic(), each.partition(), each.offset()), each


def record(message: Any) -> dict[str, Any]:
    """A record without its value."""
    value, headers = message.value() or b"", last(message.headers() or ())
    return {"topic": message.topic(), "partition": message.partition(), "offset": message.offset(), "key": word(message.key()),
            "time": message.timestamp()[1] / 1000, "size": len(value), "headers": headers}  # fmt: skip


def records(ranges: Mapping[tuple[str, int], tuple[int, int]]) -> Iterator[Any]:
    """What lies in partitions between two offsets, each partition in its order."""
    from confluent_kafka import Consumer, TopicPartition

    left = {place for place, (begin, end) in ranges.items() if end > begin}
    reader = Consumer({**brokers(), "group.id": "wireplan-dead-letters", "enable.auto.commit": False,
                       "auto.offset.reset": "earliest", "isolation.level": "read_committed", "enable.partition.eof": True,
                       "queued.max.messages.kbytes": 32_768})  # fmt: skip
    reader.assign([TopicPartition(topic, number, ranges[topic, number][0]) for topic, number in sorted(left)])
    while left:
        message = reader.poll(SECONDS)
        if message is None:
            raise TimeoutError("the brokers did not give all records in time")
        place = (message.topic(), message.partition())
        error = message.error()
        if place not in left or (error is not None and error.name() != "_PARTITION_EOF"):
            continue
        if error is not None or message.offset() + 1 >= ranges[place][1]:
            left.discard(place)
        if error is None and message.offset() < ranges[place][1]:
            yield message
    reader.close()


def spans(topics: Iterable[str]) -> dict[tuple[str, int], tuple[int, int]]:
    """The first and the next offset of each partition; a topic that nobody has made yet has none."""
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import AdminClient, OffsetSpec

    admin = AdminClient(brokers())
    known = admin.list_topics(timeout=SECONDS).topics
    places = [
        TopicPartition(each, number) for each in topics if each in known for number in known[each].partitions
    ]
    if not places:
        return {}
    specs = (OffsetSpec.earliest(), OffsetSpec.latest())
    ends = [admin.list_offsets(dict.fromkeys(places, each), request_timeout=SECONDS) for each in specs]
    first, following = (
        {(each.topic, each.partition): future.result().offset for each, future in found.items()}
        for found in ends
    )
    return {place: (first[place], following[place]) for place in first}


def brokers() -> dict[str, Any]:
    """How every client connects."""
    return {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 2}


def name(place: Place) -> str:
    """What a letter is called."""
    return "/".join(str(each) for each in place)


def named(words: Mapping[Place, str]) -> dict[str, str]:
    """The same words by what their letters are called."""
    return {name(place): said for place, said in words.items()}


def main() -> None:
    """Answer one question, which is the arguments put together, in a line of JSON."""
    asked = json.loads("".join(sys.argv[1:]))
    questions = {"look": look, "show": show, "apply": apply}
    try:
        answer = questions[asked["question"]](**asked["with"])
    except Exception as error:  # noqa: BLE001 - whoever asked is told
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    main()
