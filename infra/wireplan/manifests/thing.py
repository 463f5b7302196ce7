"""What this room makes: objects, and the things that make them.

A thing is one module with a function marked `@thing`; the folder listing is the register. It turns a Topology
into plain Kubernetes objects that know where they belong and what must be there before them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from wireplan.manifests.flow import End, Flow
from wireplan.records import empty
from wireplan.topology.types import Topology

T = TypeVar("T")
Component = tuple[str, str]  # ("service", "upload"): a node of the tree that a person sees
Images = Mapping[str, str]  # image references by service; "tools" is the image of the Jobs
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """How one value of a Secret is made: `kind` is a maker's name in rim/program/secrets.py. Never the value itself."""

    kind: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((self.kind, *self.arguments))


@dataclass(frozen=True, slots=True)
class Object:
    """One Kubernetes object and what the rim must know of it.

    `holds` is what data the object keeps, in the words of `allow_data_loss` ("database main"); empty for objects that
    can be made again. `condition` is a provider-neutral wait (`condition=Ready`, `jsonpath={...}=...`) of a custom resource.
    """

    component: Component
    body: Body
    after: tuple[Component, ...] = ()
    holds: str = ""
    values: Mapping[str, Value] = field(default_factory=empty)
    condition: str = ""

    @property
    def kind(self) -> str:
        """The object's kind."""
        return str(self.body["kind"])

    @property
    def name(self) -> str:
        """The object's name."""
        return str(self.body["metadata"]["name"])

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells the object from every other of its namespace."""
        return (str(self.body["apiVersion"]), self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Plan:
    """What every thing is made from: the Topology, the images, and the flows of traffic by their ends."""

    topology: Topology
    images: Images
    flows: Mapping[str, tuple[Flow, ...]]

    def flows_of(self, end: End) -> tuple[Flow, ...]:
        """The flows from and to `end`."""
        return self.flows.get(end.name, ())

    def image(self, name: str) -> str:
        """The image of a service, or of the Jobs ("tools"). One that is not built yet has a name that cannot be pulled."""
        return self.images.get(name) or f"wireplan.local/{self.topology.system}/{name}:unbuilt"


class ImpossibleError(Exception):
    """Objects that cannot be made of a Topology; `what`, `why` and `fix` are for a person."""

    def __init__(self, what: str, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix


def present(part: T | None) -> T:
    """A part of the Topology that the caller knows to be there.

    Raises:
        LookupError: it is not, after all.
    """
    if part is None:
        raise LookupError("the topology has no such part")
    return part


Make = Callable[[Plan], Iterator[Object]]


@dataclass(frozen=True, slots=True)
class Thing:
    """A maker of objects; `rank` is its place in the order of applying, and the number in the name of its file."""

    name: str
    rank: int
    make: Make


def thing(name: str, rank: int) -> Callable[[Make], Thing]:
    """Mark a function as the maker of the objects of all components called `name`."""
    return lambda make: Thing(name, rank, make)
