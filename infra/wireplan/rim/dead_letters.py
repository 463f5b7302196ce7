"""`wireplan dead-letters`: asked of the brokers by a pod beside them, under the account and the policy of the Job that makes topics.

The pod has no secret and no rights in the cluster; records stay where they are, only what is shown leaves it.
"""

import base64
import json
import secrets
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wireplan.manifests import kafka as manifest
from wireplan.manifests.thing import Images
from wireplan.rim import checked, kafka_letters, letter_records, payloads, sources
from wireplan.rim.program.settings import settings, usable
from wireplan.rim.trouble import Trouble
from wireplan.topology import letters as pure
from wireplan.topology.letters import OPEN, Letter, Place, Wanted
from wireplan.topology.types import Topology

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

SECONDS = 300
"""A pod's longest life: long enough for what retention leaves of a day on which everything failed."""

PIECE = 100_000
"""Bytes of a question in one argument; JSON is ASCII here."""


@dataclass(frozen=True, slots=True)
class Found:
    """Letters, the oldest first, and how many more there are."""

    letters: tuple[Letter, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """One letter, its headers, and its value as `payloads.shown` makes it."""

    letter: Letter
    headers: Mapping[str, str]
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of one running system."""

    topology: Topology
    images: Images
    cluster: "Cluster"
    context: str
    protos: Path | None = None

    def look(self, wanted: Wanted, *, everything: bool = False) -> Found:
        """The letters that are meant; with `everything` also those that are done with.

        Raises:
            Trouble: no group is meant, or the cluster or Kafka does not answer.
        """
        meant = list(pure.groups(self.topology, wanted))
        if not meant:
            raise Trouble(
                "no consumer group with dead letters is meant", fix=f"groups: {known(self.topology)}"
            )
        topics = [each.dead_letter for each in meant]
        said = self.ask("look", topics=topics, everything=everything, kind=wanted.kind)
        return Found(tuple(pure.letters(self.topology, said["letters"])), int(said["more"]))

    def show(self, place: Place) -> Whole:
        """One letter.

        Raises:
            Trouble: there is none, or the cluster or Kafka does not answer.
        """
        topic, partition, offset = self.ours(place)
        said = self.ask("show", topic=topic, partition=partition, offset=offset)
        if not said:
            raise gone([place])
        (letter,) = pure.letters(self.topology, [said["letter"]])
        value = payloads.shown(
            base64.b64decode(said["value"]), letter.message, self.protos, cut=bool(said["cut"])
        )
        return Whole(letter, said["letter"]["headers"], value)

    def named(self, places: Sequence[Place], *, again: bool = False) -> Found:
        """The letters that are called so, to be settled.

        Raises:
            Trouble: one is not there, or is done with and it is not `again` that is asked for.
        """
        topics = dict.fromkeys(self.ours(each)[0] for each in places)
        said = self.ask("look", topics=list(topics), everything=True, places=places)
        found = pure.letters(self.topology, said["letters"])
        if missing := set(places) - {each.place for each in found}:
            raise gone(sorted(missing))
        done = [each for each in found if each.state != OPEN]
        if done and not again:
            raise Trouble(
                f"{done[0].name} is {done[0].state} already",
                why=f"at {done[0].settled_at or 'a time that nobody wrote down'}",
                fix="to replay it once more: --again; groups with an inbox know what they have handled",
            )
        return Found(tuple(found))

    def apply(self, action: str, letters: Collection[Letter], *, again: bool = False) -> dict[str, Any]:
        """Replay or discard letters: which are `done`, `failed` and `refused`, by name.

        Raises:
            Trouble: the cluster or Kafka does not answer; whether anything was done then is to be looked up.
        """
        order = {
            "action": action,
            "again": again,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "letters": [list(each.place) for each in letters],
            "back": self.ways(letters) if action == letter_records.REPLAYED else {},
        }
        return self.ask("apply", order=order)

    def ways(self, letters: Collection[Letter]) -> dict[str, tuple[str, str]]:
        """Where letters are replayed to, and the one group that their records name, by the topics that they lie in."""
        known, topics = pure.by_topic(self.topology), sorted({each.topic for each in letters})
        return {each: pure.way_back(self.topology, known[each]) for each in topics}

    def ours(self, place: Place) -> Place:
        """The place itself, if its topic is one of dead letters.

        Raises:
            Trouble: it is none that the model has.
        """
        topics = pure.by_topic(self.topology)
        if place[0] not in topics:
            from wireplan.load.nearest import asked

            raise Trouble(
                f"{place[0]} is no topic of dead letters of {self.topology.system}{asked(place[0], topics)}",
                fix=f"topics: {', '.join(topics)}",
            )
        return place

    def ask(self, question: str, **rest: Any) -> dict[str, Any]:
        """What a pod beside the brokers answers.

        Raises:
            Trouble: the cluster or Kafka does not answer.
        """
        from wireplan.rim.program.kube import answering

        command = ["python3", "-c", program(), *pieces(json.dumps({"question": question, "with": rest}))]
        name = f"kafka-letters-{secrets.token_hex(3)}"
        pod = manifest.asking(self.topology, self.images, name, command, SECONDS)
        with answering(self.context):
            said = self.cluster.run(pod, SECONDS)
        lines = [
            line for line in said.split("\n") if line.startswith("{")
        ]  # the client library may have complained before
        try:
            answer: dict[str, Any] = json.loads(lines[-1] if lines else "")
        except ValueError as error:
            raise Trouble(f"pod {name} answered with something else", why=said[-500:]) from error
        if "error" in answer:
            raise Trouble(
                "Kafka did not answer",
                why=str(answer["error"]),
                fix="see `wireplan status`, then list again what is open",
            )
        return answer


def program() -> str:
    """What the pod runs: the script, after the module of ours that it imports."""
    script, module = (Path(str(each.__file__)).read_text() for each in (kafka_letters, letter_records))
    name = letter_records.__name__
    known = f"import sys, types\nmodule = sys.modules[{name!r}] = types.ModuleType({name!r})\n"
    return f"{known}exec({module!r}, module.__dict__)\n{script}"


def pieces(text: str) -> list[str]:
    """A text in arguments: Linux takes no more than 128 KiB in one, and 2000 letters by their names are more."""
    return [text[begin : begin + PIECE] for begin in range(0, len(text), PIECE)]


def connect(path: Path, stack: str) -> DeadLetters:
    """The dead letters of a running stack.

    Raises:
        Trouble: no cluster, no Kafka, no pod of ours that could ask it, or no image for one.
    """
    from wireplan.rim.program.kube import Cluster

    topology, images = checked.topology(path, stack), checked.images(path, stack)
    if not manifest.observable(topology):
        raise Trouble(
            f"{topology.system} has no topics in {stack}, so it has no dead letters",
            fix="name a system with services that consume",
        )
    if "tools" not in images:
        raise Trouble(
            f"no image for the pod that asks the brokers: images.{stack}.json names none called tools",
            fix="wireplan images build tools",
        )
    where = settings(topology.environment)
    usable(where)
    return DeadLetters(topology, images, Cluster(where), where.context, protos(path, stack))


def protos(path: Path, stack: str) -> Path | None:
    """The folder of the system's contracts."""
    file = sources.topology_file(path)
    system = sources.sources(file, stack).system
    return (file.parent / system.contracts.protos).resolve() if system and system.contracts else None


def known(topology: Topology) -> str:
    """Every group with dead letters, and what it reads."""
    return ", ".join(f"{each.group} ({each.topic})" for each in pure.groups(topology, Wanted()))


def gone(places: Sequence[Place]) -> Trouble:
    """What is said of letters that are not there."""
    names = ", ".join("/".join(str(part) for part in place) for place in places)
    return Trouble(
        f"there is no letter {names}",
        why="it never was, or its topic has kept it for as long as it keeps letters",
        fix="wireplan dead-letters list --all",
    )


def somebody() -> bool:
    """Whether a person is there who can be asked."""
    return sys.stdin.isatty()


def now() -> float:
    """Seconds since the epoch."""
    return time.time()
