"""The code of a saga's owner: which functions a person writes for its steps, and how `wired.py` joins them to methods and topics."""

from collections.abc import Iterator
from dataclasses import dataclass

from wireplan.skeletons import names, parts, protos
from wireplan.skeletons.views import CallView, FunctionView, SagaStepView, SagaView
from wireplan.topology import steps
from wireplan.topology.types import Saga, SagaStep, Service, Topology

ANY_MESSAGE = protos.Message("google.protobuf", "message", "message.Message")
"""What a topic carries that names no message."""
KEPT = "return at.state"


@dataclass(frozen=True, slots=True)
class Action:
    """What a step or an undo does. `kind` makes it in the platform's words, `arguments` come after the person's function in it."""

    kind: str
    functions: tuple[FunctionView, ...]
    arguments: tuple[str, ...] = ()
    messages: tuple[protos.Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """Spells one saga."""

    topology: Topology
    owner: Service
    saga: Saga
    calls: tuple[CallView, ...]

    @property
    def state(self) -> str:
        """The class of what it knows."""
        return f"{names.hump(self.saga.name)}State"

    @property
    def at(self) -> str:
        """The parameter that every function has."""
        return f"at: Progress[{self.state}]"

    def action(self, step: SagaStep) -> Action | None:
        """What the step does; None where it was done by what began the saga."""
        name = names.module(step.name)
        if step.call:
            return self.called(step.call, name, undoes="")
        return self.sent(step.send, name, undoes="") if step.send else None

    def undo(self, step: SagaStep) -> Action | None:
        """What undoes it."""
        name = f"{names.module(step.name)}{steps.UNDO}"
        if step.undo_call:
            return self.called(step.undo_call, name, undoes=step.name)
        return self.sent(step.undo_send, name, undoes=step.name) if step.undo_send else None

    def called(self, target: str, name: str, *, undoes: str) -> Action:
        """A call: of the owner's own in its transaction, by the stub where there is one, else by what a person writes."""
        service, _, method = target.partition(".")
        returns, word = "None" if undoes else self.state, "async def"
        if service == self.owner.name:
            says = f"To write: {said(undoes)}{target}, in the transaction of the step."
            taken = (self.at, "connection: Connection")
            return Action("Local", (self.unwritten(name, taken, returns, says, word),))
        for call in self.calls:
            if call.callee == service and any(each.name == method for each in call.contract.methods):
                return self.stubbed(call, method, name, undoes=undoes)
        says = f"To write: {said(undoes)}{target}. It may run again, with the same at.request_id."
        return Action("Call.by", (self.unwritten(name, (self.at,), returns, says, word),))

    def stubbed(self, call: CallView, method: str, name: str, *, undoes: str) -> Action:
        """A call by the stub among the parts: what is asked, and what is kept of the answer."""
        found = self.topology.contracts[call.contract.full_name].methods[method]
        request, response = (protos.message(self.topology, each) for each in (found.request, found.response))
        says = f"To write: what {call.callee}.{method} is asked{' to undo ' + undoes if undoes else ''}."
        if steps.REQUEST_ID in self.topology.messages.get(found.request, ()):
            says += " Its request_id is filled in."
        asks = self.unwritten(name, (self.at,), request.text, says)
        stub = f"parts.{call.part}.{method}"
        if undoes:
            return Action("Call.to", (asks,), (stub,), (request,))
        says = "What later steps need of the answer. Raise Refused where it says no."
        keeps = FunctionView(
            f"{name}{steps.DONE}", (self.at, f"answer: {response.text}"), self.state, says, KEPT
        )
        return Action("Call.to", (asks, keeps), (stub,), (request, response))

    def sent(self, topic: str, name: str, *, undoes: str) -> Action:
        """A record through the outbox."""
        publication = self.owner.publishes.get(topic)
        message = self.message(publication.message if publication else None)
        says = f"To write: the record that {topic} gets{' to undo ' + undoes if undoes else ''}."
        return Action("Send", (self.unwritten(name, (self.at,), message.text, says),), (), (message,))

    def answer(self, step: SagaStep) -> Action | None:
        """The record that ends the step."""
        if not step.awaits:
            return None
        consumption, name = self.owner.consumes.get(step.awaits), names.module(step.name)
        message = self.message(consumption.message if consumption else None)
        parameter = f"message: {message.text}"
        says = f"To write: the key of the saga whose {step.name} ends with this record of {step.awaits}; None where it is nobody's."
        key = self.unwritten(f"{name}{steps.KEY}", (parameter,), "str | None", says)
        says = "What later steps need of the record. Raise Refused where it says no."
        keeps = FunctionView(f"{name}{steps.ANSWERED}", (self.at, parameter), self.state, says, KEPT)
        return Action("Answer.by", (key, keeps), (), (message,))

    def unwritten(
        self, name: str, parameters: tuple[str, ...], returns: str, says: str, word: str = "def"
    ) -> FunctionView:
        """A function as it is until a person writes it."""
        body = f'raise NotImplementedError("{name} of {self.saga.name} is not written yet")'
        return FunctionView(name, parameters, returns, says, body, word)

    def message(self, full_name: str | None) -> protos.Message:
        """The class of a message."""
        return protos.message(self.topology, full_name) if full_name else ANY_MESSAGE


def sagas(topology: Topology, service: Service, calls: tuple[CallView, ...]) -> tuple[SagaView, ...]:
    """The sagas that a service orchestrates and can remember."""
    return tuple(
        saga(Writer(topology, service, each, calls))
        for _, each in sorted(topology.sagas.items())
        if each.owner == service.name and service.database
    )


def saga(writer: Writer) -> SagaView:
    """The view of one saga."""
    own, variable = writer.saga, f"{names.module(writer.saga.name)}_saga"
    kinds, messages = {"Saga", "Step"}, set[protos.Message]()
    views, functions = list[SagaStepView](), list[FunctionView]()
    for step in own.steps:
        lines = list[str]()
        for field, action in (
            ("action", writer.action(step)),
            ("undo", writer.undo(step)),
            ("answer", writer.answer(step)),
        ):
            if action:
                lines += spelled(field, action, variable)
                functions += action.functions
                kinds.add(action.kind.partition(".")[0])
                messages.update(action.messages)
        views.append(SagaStepView(step.name, tuple(lines)))
    return SagaView(
        name=own.name,
        variable=variable,
        handlers=f"{names.hump(own.name)}Saga",
        state=writer.state,
        line=", ".join(f"{step.name} (pivot)" if step.pivot else step.name for step in own.steps),
        steps=tuple(views),
        functions=tuple(functions),
        kinds=tuple(sorted(kinds)),
        messages=tuple((each.package, each.module) for each in messages),
    )


def spelled(field: str, action: Action, variable: str) -> Iterator[str]:
    """The lines of one argument of a Step: an argument a line, so that no formatter has anything to do."""
    first, *more = (f"{variable}.{function.name}" for function in action.functions)
    yield f"{field}={action.kind}("
    yield from (f"    {each}," for each in (first, *action.arguments, *more))
    yield "),"


def said(undoes: str) -> str:
    """What a function of an undo is for."""
    return f"the undo of {undoes}, " if undoes else ""


def wired_imports(platform: str, found: tuple[SagaView, ...]) -> Iterator[parts.Import]:
    """What wired.py imports of the platform."""
    yield from ((f"{platform}.sagas.steps", kind) for each in found for kind in each.kinds)


def saga_imports(platform: str, service: Service, found: tuple[SagaView, ...]) -> Iterator[parts.Import]:
    """What sagas.py imports."""
    if not found:
        return
    yield f"{service.module}.wired", "Parts"
    yield f"{platform}.sagas.steps", "Progress"
    yield from (pair for each in found for pair in each.messages)
    if any("Local" in each.kinds for each in found):
        yield f"{platform}.postgres", "Connection"
