"""Who relies on a .proto file: topics whose records it describes, services that serve and call what it declares."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wireplan.findings import Related
from wireplan.rules.words import duration, listed, term
from wireplan.topology import index
from wireplan.topology.types import Topology

NAMED = re.compile(r'\b(?:message|service|enum) "([\w.]+)"')


@dataclass(frozen=True, slots=True)
class Use:
    """A sentence on one use, and its place in the topology."""

    words: str
    related: Related


def of(topology: Topology, file: str, text: str) -> tuple[Use, ...]:
    """The uses of what `text` (a sentence of buf's on `file`) speaks of, or of all in the file where that is not known."""
    name = match[1] if (match := NAMED.search(text)) else ""
    every = [*topics(topology, file), *calls(topology, file)]
    near = [use for used, use in every if speaks(name, used)]
    return tuple(near or [use for _, use in every])


def speaks(name: str, used: str) -> bool:
    """Whether a name without its package is that of `used`, or of something inside it."""
    last = used.rpartition(".")[2]
    return name == last or name.startswith(f"{last}.")


def topics(topology: Topology, file: str) -> Iterator[tuple[str, Use]]:
    """Topics with records of a message in the file, by the message."""
    writers, readers = index.producers(topology), index.consumers(topology)
    for topic in topology.topics.values():
        message = topic.message or ""
        if topic.aside or topology.proto_files.get(message) != file:
            continue
        kept = term(topology, f"kept {duration(topic.retention)}", ("topics", topic.name, "retention"))
        written = listed(f'"{each.service}"' for each in writers.get(topic.name, ())) or "nobody here"
        read = listed(f'"{each.service}"' for each in readers.get(topic.name, ())) or "nobody here"
        words = f"Records of {topic.name} are {kept}, written by {written}, read by {read}."
        yield message, Use(words, Related(topology.place("topics", topic.name, "message"), "records of it"))


def calls(topology: Topology, file: str) -> Iterator[tuple[str, Use]]:
    """gRPC services that the file declares and some service serves, by their name."""
    callers = index.callers(topology)
    for service in topology.services.values():
        for name in service.serves:
            contract = topology.contracts.get(name)
            if contract is None or contract.file != file:
                continue
            own = [each for each in callers.get(service.name, ()) if each.contract in (name, None)]
            lines = [
                term(topology, f'"{each.caller}"', ("services", each.caller, "calls", service.name))
                for each in own
            ]
            words = f'{name} is served by "{service.name}", called by {listed(lines) or "nobody here"}.'
            yield name, Use(words, Related(topology.place("services", service.name, "serves"), "serves it"))
