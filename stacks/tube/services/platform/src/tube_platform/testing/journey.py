"""A saga for the platform's own tests, services that take its calls and count what they did, and a process that can die at any point."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from google.protobuf.wrappers_pb2 import StringValue

from tube_platform import postgres
from tube_platform.errors import NotYet, Unavailable
from tube_platform.outbox import Outbox
from tube_platform.postgres import Connection, Database, Work
from tube_platform.sagas.engine import Engine
from tube_platform.sagas.steps import (
    Answer,
    Call,
    Local,
    Progress,
    Saga,
    Send,
    Step,
)
from tube_platform.testing import echo
from tube_platform.wiring import Publication, SagaStep, SagaWiring

NAME = "journey"
PUBLISHES = {
    topic: Publication(topic, "google.protobuf.StringValue", "value")
    for topic in ("asked", "unasked", "told")
}


class Killed(BaseException):
    """The process is gone: nothing after this happens in it."""


@dataclass(slots=True)
class Fate:
    """Counts the points at which a process can die; it does at one of them."""

    dies_at: int = 0
    points: int = 0

    def point(self) -> None:
        """Here."""
        self.points += 1
        if self.points == self.dies_at:
            raise Killed


@dataclass(frozen=True, slots=True)
class Journey:
    """What the saga knows."""

    where: str
    answers: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class World:
    """The other services. They know a request by its key: a repetition has no second effect, nor has what comes after its own undo.

    `scripts` says for a method what happens to its next calls: ok, no, down, lost (done, and the answer is lost), dies, dies-after.
    """

    fate: Fate = field(default_factory=Fate)
    scripts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    effects: Counter[str] = field(default_factory=Counter[str])
    undone: Counter[str] = field(default_factory=Counter[str])
    order: list[str] = field(default_factory=list[str])
    hook: Callable[[str], Any] | None = None

    def method(self, name: str) -> Callable[[Any], Any]:
        """A method of a service."""

        async def call(request: Any) -> Any:
            self.calls.append((name, request.request_id))
            self.fate.point()
            script = self.scripts.get(name)
            happens = script.pop(0) if script else "ok"
            if self.hook and (waits := self.hook(name)):
                await waits
            self._happen(happens, name, request.request_id)
            self.fate.point()
            return echo.EchoResponse(text=f"{name} is done")

        return call

    def method_undo(self, name: str) -> Callable[[Any], Any]:
        """The method that undoes it: `text` is the key of what it undoes."""

        async def call(request: Any) -> Any:
            self.calls.append((f"{name}_undo", request.request_id))
            self.fate.point()
            script = self.scripts.get(f"{name}_undo")
            happens = script.pop(0) if script else "ok"
            if happens in {"no", "down", "dies"}:
                _fail(happens)
            if not self.undone[request.text]:
                self.undone[request.text] += 1
                self.order.append(f"{name}_undo")
            if happens != "ok":
                _fail(happens)
            self.fate.point()
            return echo.EchoResponse()

        return call

    def _happen(self, happens: str, name: str, key: str) -> None:
        if not self.effects[key] and happens in {"no", "down", "dies"}:
            _fail(happens)
        if not self.undone[key] and not self.effects[key]:
            self.effects[key] += 1
            self.order.append(name)
        if happens in {"lost", "dies-after"}:
            _fail(happens)

    def standing(self) -> Counter[str]:
        """Steps whose effect stands, and how often."""
        found = Counter[str]()
        for key, number in self.effects.items():
            found[key.split(":")[1]] += number - self.undone[key]
        return +found


def _fail(happens: str) -> None:
    match happens:
        case "no":
            raise NotYet("this cannot be")
        case "dies" | "dies-after":
            raise Killed
        case _:
            raise Unavailable("nobody answers")


@dataclass(slots=True)
class Mortal:
    """A database whose process can die before a commit and after it."""

    database: Database
    fate: Fate

    async def transact[T](self, work: Work[T], *, repeatable: bool = False) -> T:
        """Run work, and perhaps die."""

        async def dying(connection: Connection) -> T:
            result = await work(connection)
            self.fate.point()
            return result

        result = await self.database.transact(dying, repeatable=repeatable)
        self.fate.point()
        return result

    async def read[T](self, work: Work[T]) -> T:
        """Read."""
        return await self.database.read(work)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Listen."""
        self.database.on_commit(listener)

    def after_commit(self, connection: Connection, told: Callable[[], None]) -> None:
        """Tell."""
        self.database.after_commit(connection, told)


def wired(*steps: SagaStep, timeout: float = 600.0) -> SagaWiring:
    """A saga of the topology."""
    return SagaWiring(timeout, steps)


def call(
    name: str, *, undo: bool = True, pivot: bool = False, retry: str = "limited", attempts: int = 2
) -> SagaStep:
    """A step that calls."""
    undone = f"world.{name}_undo" if undo else None
    return SagaStep(name, 5.0, attempts, call=f"world.{name}", undo=undone, pivot=pivot, retry=retry)


BOOKING = wired(
    call("hotel"),
    call("flight"),
    call("pay", undo=False, pivot=True),
    call("ticket", undo=False, retry="until-done"),
)
"""Two steps with a way back, the one that decides, and one that must follow."""


def called(world: World, name: str) -> Step[Journey]:
    """The code of a step that calls."""

    def asked(at: Progress[Journey]) -> Any:
        return echo.EchoRequest(text=at.state.where)

    def kept(at: Progress[Journey], answer: Any) -> Journey:
        return Journey(at.state.where, [*at.state.answers, answer.text])

    def undoing(at: Progress[Journey]) -> Any:
        return echo.EchoRequest(text=at.undoes)

    return Step(
        Call.to(asked, world.method(name), kept),
        Call.to(undoing, world.method_undo(name)),
    )


def coded(world: World, wiring: SagaWiring, more: Mapping[str, Step[Journey]] | None = None) -> Saga[Journey]:
    """The code of a saga: of steps that call as above, of others as given."""
    steps = {**(more or {})}
    for step in wiring.steps:
        if step.call and step.name not in steps:
            code = called(world, step.name)
            steps[step.name] = code if step.undo else Step(code.action)
    return Saga(NAME, Journey, steps)


def engine(
    database: Database | Mortal,
    world: World,
    wiring: SagaWiring = BOOKING,
    more: Mapping[str, Step[Journey]] | None = None,
) -> Engine:
    """A process of the owner."""
    found = Engine(cast("Database", database), Outbox(PUBLISHES), {NAME: wiring})
    found.add(coded(world, wiring, more))
    return found


async def begin(owner: Engine, key: str, where: str = "Oslo") -> bool:
    """Begin a saga as a handler does."""
    return await owner.database.transact(lambda connection: owner.begin(connection, key, Journey(where)))


async def turn(owner: Engine) -> bool:
    """Take one saga that is due as far as it goes; False when none is due."""
    taken = await owner.take()
    if taken is None:
        return False
    await owner.follow(taken[0])
    return True


async def hurry(database: Database) -> None:
    """Time passes: pauses end, and so does the time of attempts that nobody makes any more."""

    async def work(connection: Connection) -> None:
        await postgres.execute(connection, "update sagas set due_at = now() where finished_at is null")

    await database.transact(work)


def text(value: str) -> StringValue:
    """A message of the topics."""
    return StringValue(value=value)


SENT = Step[Journey](Send(lambda at: text(at.key)), Send(lambda at: text(at.key)))
"""A step by a record, undone by another."""

AWAITED = Step[Journey](
    SENT.action,
    SENT.undo,
    Answer(
        lambda message: message.value or None,
        lambda at, message: Journey(at.state.where, [*at.state.answers, "came"]),
    ),
)
"""The same, ended by a record whose value is the saga's key."""


def local(work: Callable[[Progress[Journey], Connection], Any]) -> Step[Journey]:
    """A step of the owner itself."""
    return Step(Local(work))
