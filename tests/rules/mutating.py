"""One thing broken in a sound system: what mutations are made of, and what is found in the result."""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as File
from typing import Any, cast

from wireplan.findings import Finding, Place
from wireplan.load.document import Document
from wireplan.load.parse import parse
from wireplan.load.read import load
from wireplan.model.system import System
from wireplan.report import yaml_text
from wireplan.rim.contracts import compiled
from wireplan.rules.check import Rule, check
from wireplan.topology import index
from wireplan.topology.contracts import Schema
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Call, Consumption, DatabaseCluster, Service, Topic, TopicRole, Topology

Data = dict[str, Any]
Path = tuple[str | int, ...]
FILE = "topology.yaml"


GONE = object()
"""Put at a path, it takes away what is there."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A document in which some values are others, so that one thing is broken. `at` is where its rule has to point, in the words of the file.

    `also` are codes of other rules that cannot be kept apart from it, and what speaks for that stands beside it.
    """

    base: Data
    values: Mapping[Path, Any]
    at: Path
    also: frozenset[str] = frozenset()

    @property
    def document(self) -> Data:
        """The whole of it. Maps on the way to a value are made; a list is only gone into."""
        document = deepcopy(self.base)
        for path, value in self.values.items():
            part: Any = document
            for step in path[:-1]:
                if isinstance(part, dict) and step not in part:
                    part[step] = {}
                part = part[step]
            if value is GONE:
                del part[path[-1]]
            else:
                part[path[-1]] = deepcopy(value)
        return document


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a document, and where its values stand."""

    topology: Topology
    findings: tuple[Finding, ...]
    positions: Document

    def line(self, at: Path) -> Place:
        """The first line of the value at a path, or of the nearest part of it that was written."""
        return lines(self.positions.nearest(at))


def lines(place: Place) -> Place:
    """A place without its columns: in the text that is checked every value has a line of its own."""
    return Place(place.file, place.line)


class RefusedError(Exception):
    """A document that the loader does not take."""


def checked(document: Data, schema: Schema) -> Checked:
    """A document written out with each value on its line, loaded, resolved and checked. Waivers do not count.

    Raises:
        RefusedError: the loader has a fault to tell.
    """
    text = yaml_text.document(document).encode()
    loaded = load(lambda _: text, FILE)
    if loaded.system is None or loaded.findings:
        raise RefusedError("\n".join(f"{each.at} {each.code} {each.what}" for each in loaded.findings))
    topology = resolve(loaded.system, schema, positions=loaded.document, file=FILE)
    return Checked(topology, tuple(check(topology, waivers=())), loaded.document)


@dataclass(frozen=True)
class Host:
    """A valid system that mutations are made of: its document in long form, and its contracts."""

    name: str
    document: Data
    schema: Schema = field(default_factory=Schema)

    @cached_property
    def checked(self) -> Checked:
        """It as it is."""
        return checked(self.document, self.schema)

    @property
    def topology(self) -> Topology:
        """It, resolved."""
        return self.checked.topology

    @property
    def dev(self) -> bool:
        """Whether its profile is dev."""
        return self.topology.environment.profile == "dev"

    def put(self, value: Any, *path: str | int) -> Mutation:
        """The system with another value at a path; parts on the way are made."""
        return self.puts({path: value}, path)

    def puts(self, values: Mapping[Path, Any], at: Path, also: Iterable[str] = ()) -> Mutation:
        """The system with other values at some paths; found at `at`."""
        return Mutation(self.document, values, at, frozenset(also))

    def without(self, *path: str | int) -> Mutation:
        """The system without the value at a path."""
        return self.put(GONE, *path)

    def written(self, *path: str | int) -> Any:
        """The value that the file has at a path; None where it has none."""
        part: Any = self.document
        for step in path:
            try:
                part = part[step]
            except (KeyError, IndexError, TypeError):
                return None
        return part

    def patch(self, kind: str, merge: Data, *below: str | int, name: str | None = None) -> Mutation:
        """The system with one more patch; found at what stands at `below` in it."""
        patches = [*self.document.get("patches", ())]
        named = {"name": name} if name else {}
        own = {"kind": kind, **named, "reason": "a test", "merge": merge}
        return self.puts({("patches",): [*patches, own]}, ("patches", len(patches), "merge", *below))

    def services(self) -> list[Service]:
        """Its services."""
        return list(self.topology.services.values())

    def calls(self) -> Iterator[tuple[Path, Call]]:
        """Its calls by gRPC, and where each is written."""
        for service in self.services():
            for call in (
                each for each in service.calls.values() if self.topology.services[each.callee].serves
            ):
                yield ("services", call.caller, "calls", call.callee), call

    def groups(self) -> Iterator[tuple[Path, Consumption, Topic]]:
        """Its consumer groups, where each is written, and what it reads."""
        for service in self.services():
            for group in service.consumes.values():
                topic = self.topology.topics[group.topic]
                yield ("services", service.name, "consumes", group.topic), group, topic

    def alone(self, group: Consumption) -> bool:
        """Whether a group reads one topic, so that how its members meet is said once."""
        own = self.topology.services[group.service].consumes.values()
        return [each.group for each in own].count(group.group) == 1

    def topics(self) -> list[Topic]:
        """The topics that are written for themselves, not for retries or dead letters."""
        return [each for each in self.topology.topics.values() if each.role is TopicRole.MAIN]

    def clusters(self) -> list[DatabaseCluster]:
        """Its Postgres clusters that an operator runs."""
        return [each for each in self.topology.databases.values() if each.provider == "cloudnative-pg"]

    def readers(self, topic: str) -> list[Consumption]:
        """The groups of a topic."""
        return list(index.consumers(self.topology).get(topic, ()))


def long_form(data: Any) -> Data:
    """A document as its author could have written it without short forms."""
    system = System.model_validate(data, by_alias=True, by_name=False)
    return cast("Data", system.model_dump(mode="json", by_alias=True, exclude_unset=True))


def host_in(file: File) -> Host:
    """The system in a topology file, without an overlay, as a host; without its drills, since nobody has tried what a mutation adds."""
    document, _ = parse(file.read_text(encoding="utf-8"), str(file))
    data = long_form(document.data)
    data.pop("drills", None)
    data["waivers"] = [
        each for each in data.get("waivers", ()) if each["allow"] != "promise-that-no-drill-shows"
    ]
    protos = data.get("contracts", {}).get("protos")
    schema = compiled((file.parent / protos).resolve(), protos).schema if protos else Schema()
    return Host(file.parent.name, data, schema)


def mutations(rule: Rule, host: Host) -> list[Mutation]:
    """Everything that a rule's own file in tests/rules/mutations/ breaks in a system."""
    module = importlib.import_module(home(rule))
    return list(module.mutations(host))


def home(rule: Rule) -> str:
    """The module with the mutations of a rule: named as the rule's own."""
    return rule.module.replace("wireplan.rules.", "tests.rules.mutations.", 1)


def spread(found: list[Mutation], most: int) -> list[Mutation]:
    """At most so many, evenly over all: kinds of mutations come one after the other."""
    step = max(1.0, len(found) / most)
    return [found[int(number * step)] for number in range(min(most, len(found)))]
