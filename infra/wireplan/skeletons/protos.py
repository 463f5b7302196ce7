"""Where protoc's Python puts what a contract declares: a module a .proto file, in packages that are the file's folders."""

from dataclasses import dataclass

from wireplan.skeletons import names
from wireplan.skeletons.views import ContractView, MethodView
from wireplan.topology.steps import REQUEST_ID
from wireplan.topology.types import Contract, Idempotency, Method, Topology


@dataclass(frozen=True, slots=True)
class Message:
    """A message class: `module` of `package` holds it, `text` is how code that imports the module says it."""

    package: str
    module: str
    text: str


def message(topology: Topology, full_name: str) -> Message:
    """The class of a message; nested ones are attributes of the outer class."""
    file = topology.proto_files.get(full_name, "")
    package, module = home(file, full_name)
    known = names.package(full_name)
    while known and known in topology.messages:
        known = names.package(known)
    return Message(package, module, f"{module}.{full_name.removeprefix(known + '.')}")


def home(file: str, full_name: str) -> tuple[str, str]:
    """Package and module of a .proto file; where it is not known, it is taken to be where its package says."""
    if not file:
        package = names.package(full_name)
        return package, f"{names.last(names.package(package)) or package}_pb2"
    folder, _, name = file.rpartition("/")
    return folder.replace("/", "."), f"{name.removesuffix('.proto').replace('-', '_')}_pb2"


def contract(topology: Topology, written: Contract) -> ContractView:
    """The view of a gRPC service."""
    name = names.last(written.full_name)
    package, module = home(written.file, written.full_name)
    methods = tuple(_method(topology, method) for method in written.methods.values())
    return ContractView(
        full_name=written.full_name,
        name=name,
        package=package,
        module=module,
        handlers=f"{name.removesuffix('Service') or name}Handlers",
        methods=methods,
        messages=tuple(
            (kind.package, kind.module)
            for method in written.methods.values()
            for kind in (message(topology, method.request), message(topology, method.response))
        ),
        summary=", ".join(_summary(method) for method in written.methods.values()),
        keyed=any(_keyed(topology, method) for method in written.methods.values()),
    )


def _method(topology: Topology, method: Method) -> MethodView:
    request, response = message(topology, method.request), message(topology, method.response)
    return MethodView(method.name, request.text, response.text)


def _summary(method: Method) -> str:
    known = method.idempotency is not Idempotency.UNKNOWN
    return f"{method.name} ({method.idempotency.value})" if known else method.name


def _keyed(topology: Topology, method: Method) -> bool:
    """Whether a second request with the same key must give the first one's answer (spec row F1.3)."""
    writes = method.idempotency is not Idempotency.NO_SIDE_EFFECTS
    return writes and REQUEST_ID in topology.messages.get(method.request, ())
