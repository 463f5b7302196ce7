"""What the templates see of a topology: every choice made, every name spelled, so that templates hold no logic about a system."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MethodView:
    """A method of a contract; `request` and `response` are Python expressions of message classes."""

    name: str
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class ContractView:
    """A gRPC service: its generated code is in `package` and `module`; `handlers` is the class that a person writes."""

    full_name: str
    name: str
    package: str
    module: str
    handlers: str
    methods: tuple[MethodView, ...]
    messages: tuple[tuple[str, str], ...]  # package and module of each request and response
    summary: str
    keyed: bool  # whether a method carries an idempotency key (spec row F1.3)


@dataclass(frozen=True, slots=True)
class CallView:
    """A call to another service: `part` is the name of the stub among the parts."""

    callee: str
    part: str
    made: str
    contract: ContractView
    word: str  # its deadline, and whether the caller can do without


@dataclass(frozen=True, slots=True)
class ConsumptionView:
    """A topic that a service reads: `variable` names it in code, `handlers` is the class that a person writes.

    `callbacks` are the methods of that class which the consumer loop gets; `tells` is whether the service publishes, and so must tell
    others about a record that it gave up.
    """

    topic: str
    group: str
    variable: str
    handlers: str
    message: str
    package: str
    module: str
    callbacks: tuple[str, ...]
    tells: bool
    ends_steps: bool  # of a saga of the service
    word: str


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A way by which people are told something; `form` is the platform's class of what is told."""

    way: str
    topic: str
    form: str
    message: str
    package: str
    module: str


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """All ways of a service; `imports` are of delivery.py, inside its function, `message_imports` of messages.py."""

    ways: tuple[ChannelView, ...]
    imports: tuple[str, ...]
    message_imports: tuple[str, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """What templates ask for."""
        return ("channels",) if self.ways else ()


@dataclass(frozen=True, slots=True)
class PublicationView:
    """A topic that a service writes."""

    topic: str
    message: str
    word: str


@dataclass(frozen=True, slots=True)
class FunctionView:
    """A function that a person writes for a step of a saga; `word` begins it, `body` is what it has until then."""

    name: str
    parameters: tuple[str, ...]
    returns: str
    says: str
    body: str = ""
    word: str = "def"


@dataclass(frozen=True, slots=True)
class SagaStepView:
    """A step of a saga; `lines` are the arguments that join its functions to methods and topics."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SagaView:
    """A saga of its owner: `handlers` is the class that a person writes, `state` the class of what the saga knows."""

    name: str
    variable: str
    handlers: str
    state: str
    line: str  # its steps, in a few words
    steps: tuple[SagaStepView, ...]
    functions: tuple[FunctionView, ...]
    kinds: tuple[str, ...]  # classes of the platform that join it
    messages: tuple[tuple[str, str], ...]  # package and module of each message in its functions


@dataclass(frozen=True, slots=True)
class PartView:
    """One thing that handlers may use: a field, its type, and how the app makes it."""

    name: str
    type: str
    made: str


@dataclass(frozen=True, slots=True)
class SettingView:
    """One thing that the topology sets for a service, for its page."""

    name: str
    said: str


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A member of the workspace that is a service. `has` are the features that templates ask for with `needs`."""

    name: str
    module: str
    package: str
    distribution: str
    kind: str
    line: str  # what it is, in a few words
    dependencies: tuple[str, ...]
    has: frozenset[str]
    serves: tuple[ContractView, ...]
    calls: tuple[CallView, ...]
    consumes: tuple[ConsumptionView, ...]
    publishes: tuple[PublicationView, ...]
    delivery: DeliveryView
    sagas: tuple[SagaView, ...]
    buckets: tuple[str, ...]
    database: str
    switches: tuple[str, ...]  # what can be switched off (spec row F1.4)
    settings: tuple[SettingView, ...]
    parts: tuple[PartView, ...]
    imports: tuple[str, ...]  # of wired.py
    typing_imports: tuple[str, ...]  # of wired.py, for the type checker only
    handler_imports: tuple[str, ...]  # of handlers.py
    application_imports: tuple[str, ...]  # of application.py
    saga_imports: tuple[str, ...]  # of sagas.py
    wire_imports: tuple[str, ...]  # of what a person writes, inside wired.py's function
    joined: tuple[str, ...]  # what wired.py takes from the modules that a person writes
    modules: str  # those modules, as an import names them
    keys_from: str  # the stub that is asked for the public keys of tokens
    keys_made: str  # the statement that makes it before the other parts
    inbox_hint: str


@dataclass(frozen=True, slots=True)
class SystemView:
    """The workspace as a whole. `root` is the first package of the contracts, empty where there are none; `keys_kept`: seconds, as code spells them."""

    name: str
    module: str
    platform: str
    contracts: str
    version: str  # of the contracts
    root: str
    modules: tuple[str, ...]  # packages in the wheel of the contracts, `root` first
    protos: str
    has: frozenset[str]
    services: tuple[ServiceView, ...]
    members: tuple[str, ...]
    checked: tuple[str, ...]  # members with code that is not made by protoc
    distributions: tuple[str, ...]
    keys_kept: str
