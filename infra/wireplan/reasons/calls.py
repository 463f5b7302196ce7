"""What makes a call safe, hop by hop: time, repetition, what happens when the callee is away, and how its pods come and go."""

from collections.abc import Iterator
from math import prod

from wireplan.reasons.facts import Fact
from wireplan.rules.words import duration, listed, term
from wireplan.topology import fallbacks, grpc
from wireplan.topology.chains import HOP, LIMIT, attempts, chains
from wireplan.topology.types import Call, Edge, Method, Path, Service, Topology
from wireplan.topology.waits import Wait


def of_call(topology: Topology, call: Call, above: Wait | None, before: tuple[Call, ...]) -> Iterator[Fact]:
    """The facts of one call; `above` is what its caller has, `before` are the calls of this way up to here."""
    path: Path = ("services", call.caller, "calls", call.callee)
    yield Fact("deadline", time(topology, call, above), (*path, "deadline"), ("RPC004", "RPC011"))
    yield Fact(
        "attempts", repeated(topology, call, before), (*path, "retry", "attempts"), ("RPC004", "RPC006")
    )
    if call.protocol == "grpc":
        yield from of_grpc(topology, call, path)
    yield Fact("breaker", breaker(call), (*path, "breaker"), ("RPC012",))
    yield Fact("without it", without(topology, call), (*path, "fallback"), ("RPC010", "RPC013", "RPC014"))
    back = (
        f"calls lead from {call.callee} back to {call.caller}"
        if returns(topology, call)
        else "none: no call leads back"
    )
    yield Fact("circle", back, path, ("RPC009",))


def of_grpc(topology: Topology, call: Call, path: Path) -> Iterator[Fact]:
    """What gRPC does for a call, and HTTP does not: repetition by the contract, and balancing over pods."""
    yield Fact("pauses", pauses(call), (*path, "retry"), ("RPC007",))
    yield Fact(
        "repeated on",
        f"{listed(call.retry.on) or 'nothing'} alone",
        (*path, "retry", "on"),
        ("RPC005", "RPC007"),
    )
    yield Fact("methods", methods(topology, call), (*path, "methods"), ("RPC005", "YML032"))
    yield Fact(
        "spread",
        f"{call.load_balancing} over all pods of {call.callee}",
        (*path, "load_balancing"),
        ("RPC001",),
    )
    headless = (
        "each pod has an address of its own"
        if topology.services[call.callee].headless
        else "one address for all pods"
    )
    yield Fact("addresses", headless, ("services", call.callee, "headless"), ("RPC001",))


def returns(topology: Topology, call: Call) -> bool:
    """Whether the callee, or whoever it calls, calls the caller."""
    return call not in chains(topology).onward[call.caller]


def time(topology: Topology, call: Call, above: Wait | None) -> str:
    """The deadline of a call out of what its caller has."""
    own = duration(call.deadline)
    if above is None:
        return f"{own}, all attempts together; nobody waits for {call.caller} itself"
    given = term(topology, f"{duration(above.seconds)} of {above.who}", above.path)
    rest = above.seconds - call.deadline
    if rest < 0:
        return f"{own}, and only {given} are there"
    return f"{own} out of {given}: {duration(rest)} are left for the rest of the work; each hop keeps {duration(HOP)} back to answer"


def repeated(topology: Topology, call: Call, before: tuple[Call, ...]) -> str:
    """Attempts, their pauses, and their product along the way."""
    here = attempts(topology, call)
    factors = [attempts(topology, each) for each in (*before, call)]
    together = f"{' x '.join(map(str, factors))} = {prod(factors)}" if before else "the same"
    product = f"along this way {together}, of {LIMIT} at most where several calls repeat"
    if here == 1:
        return f"1: nothing is repeated; {product}"
    between = duration(grpc.pauses(call.retry))
    return f"{here} within the one deadline, with up to {between} between them; {product}"


def pauses(call: Call) -> str:
    """How the wait grows from attempt to attempt."""
    own = call.retry
    return f"{duration(own.initial_backoff)} at first, x {own.multiplier:g} each time, {duration(own.max_backoff)} at most, each up to a fifth longer or shorter"


def methods(topology: Topology, call: Call) -> str:
    """Which methods may be repeated, by their own contract."""
    contract = topology.contracts.get(call.contract or "")
    if contract is None:
        return f"{call.contract or 'the contract'} is in no proto that was read, so no method is repeated"
    called = [contract.methods[name] for name in call.methods if name in contract.methods]
    every = called or list(contract.methods.values())
    safe = [level(each) for each in every if grpc.idempotent(each)]
    never = [each.name for each in every if not grpc.idempotent(each)]
    said = [
        f"may be repeated: {listed(safe)}" if safe else "",
        f"never repeated: {listed(never)}" if never else "",
    ]
    where = f" ({contract.file})" if contract.file else ""
    return "; ".join(each for each in said if each) + where


def level(method: Method) -> str:
    """A method and the idempotency level of its contract."""
    return f"{method.name} {method.idempotency.value}"


def breaker(call: Call) -> str:
    """When calls stop, and when they begin again."""
    own = call.breaker
    return (
        f"opens after {own.consecutive_failures} failures in a row, or {own.failure_ratio:.0%} of {own.minimum_calls} or more calls in "
        f"{duration(own.window)}; tries again after {duration(own.open_for)} to {duration(own.open_max)}, closes after {own.close_after} good calls"
    )


def without(topology: Topology, call: Call) -> str:
    """What the caller answers when the callee does not."""
    held = fallbacks.instead(topology, call)
    if held:
        return held
    fails = f"{call.caller} fails as well, at once and for this request alone"
    if not call.critical:
        return f"{fails}: nothing is answered in its place"
    return f"{fails}: the call is critical, whatever its fallback" if fallbacks.answers(call) else fails


def of_server(service: Service) -> Iterator[Fact]:
    """How connections to a gRPC service live and end."""
    if service.grpc is None:
        return
    path: Path = ("services", service.name, "grpc")
    own = service.grpc
    yield Fact(
        "connections",
        f"live {duration(own.max_connection_age)}, so that new pods are found, and have {duration(own.max_connection_age_grace)} more for calls in flight",
        path, ("RPC002",),
    )  # fmt: skip
    pings = f"every {grpc.KEEPALIVE_TIME / 1000:g} s from clients, and {duration(own.min_ping_interval)} apart is allowed"
    yield Fact("pings", pings, (*path, "min_ping_interval"), ("RPC003",))


def of_pods(service: Service) -> Iterator[Fact]:
    """How a service's pods are relieved, restarted and ended."""
    path: Path = ("services", service.name)
    least, most = service.replicas.min, service.replicas.max
    pods = f"{least} to {most}" if most > least else str(least)
    gone = f"one may go while {least - 1} or more serve" if least > 1 else "while it is away, nobody serves"
    yield Fact("pods", f"{pods} of {service.name}: {gone}", (*path, "replicas", "min"), ("K8S003",))
    ready, live = service.probes.readiness, service.probes.liveness
    said = f"no requests after {ready.failures} x {duration(ready.period)} not ready, a restart only after {live.failures} x {duration(live.period)}; {live.path} asks no dependency"
    yield Fact("probes", said, (*path, "probes"), ("K8S001",))
    end = service.shutdown
    ending = f"{duration(end.grace)} to end: preStop {duration(end.pre_stop)}, the longest work {duration(end.drain)}, and the rest to close"
    yield Fact("grace", ending, (*path, "shutdown", "grace"), ("K8S002",))


def of_network(target: str, path: Path) -> Iterator[Fact]:
    """Who may connect at all."""
    yield Fact(
        "network",
        f"{target} is reached by what the topology says and by nothing else",
        path,
        ("SEC002",),
        patched=True,
    )


def of_edge(edge: Edge) -> Iterator[Fact]:
    """How clients come in."""
    path: Path = ("edges", edge.name)
    yield Fact(
        "budget", f"{duration(edge.budget)} for a whole request", (*path, "budget"), ("RPC004", "RPC011")
    )
    yield Fact(
        "protocols",
        f"{listed(edge.clients)}: who cannot speak the first takes the next",
        (*path, "clients"),
        ("EDG002",),
    )
    early = (
        "taken: whoever recorded a request can send it again"
        if edge.early_data
        else "refused, so no request can be replayed"
    )
    yield Fact("early data", early, (*path, "early_data"), ("EDG001",))
    yield Fact("pods", f"{edge.replicas.min} or more of the edge", (*path, "replicas", "min"), ("K8S003",))
