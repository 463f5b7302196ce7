"""A retry policy that gRPC refuses, so that no call is made at all.

What: a call has more than one attempt, and names no status to retry on, or a pause of nothing.
Why: gRPC checks a channel's service config as a whole. With an empty list of statuses, or a backoff that is not above 0, no channel is made: every call to the callee fails
with INVALID_ARGUMENT, also calls that would never have been repeated.
Fix: leave retry.on and the backoffs out; to have no retries write retry: 1.
Source: grpc/proposal A6, "Validation of retryPolicy"; tried with grpcio 1.85 ("errors validating service config: initialBackoff must be greater than 0"). Corrected here: the
list also named hedging, which cannot be written, and more than 5 attempts, which the model refuses.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology.grpc import method_configs, ms
from wireplan.topology.types import Call, Path, Topology


@rule("RPC007", Severity.ERROR)
def retry_policy_that_grpc_refuses(topology: Topology) -> Iterator[Fault]:
    """Calls with retries whose policy is not valid."""
    for service in topology.services.values():
        for call in service.calls.values():
            if has_policy(topology, call):
                for key, words in lacks(call):
                    yield no_channel(topology, call, key, words)


def has_policy(topology: Topology, call: Call) -> bool:
    """Whether the service config gets a retry policy: of a contract that is known, only for methods that may be repeated."""
    if call.protocol != "grpc":
        return False
    contract = topology.contracts.get(call.contract or "")
    return call.retry.attempts > 1 if contract is None else bool(method_configs(call, contract))


def lacks(call: Call) -> Iterator[tuple[str, str]]:
    """What gRPC does not take: the key and words. Pauses are written to it in milliseconds."""
    if not call.retry.on:
        yield "on", "no status to retry on"
    if ms(call.retry.initial_backoff) < 1:
        yield "initial_backoff", "a first backoff of 0"
    if ms(call.retry.max_backoff) < 1:
        yield "max_backoff", "a longest backoff of 0"


def no_channel(topology: Topology, call: Call, key: str, words: str) -> Fault:
    """What becomes of the calls."""
    path: Path = ("services", call.caller, "calls", call.callee, "retry", key)
    attempts = term(topology, f"{call.retry.attempts} attempts", (*path[:-1], "attempts"))
    return Fault(
        path=path,
        what=f'"{call.caller}" cannot call "{call.callee}" at all: gRPC refuses its retry policy',
        why=f"{attempts} with {term(topology, words, path)} is no valid retryPolicy, so the channel is not made and every call fails with "
        "INVALID_ARGUMENT.",
        fix=f"leave {path[-1]} out; or retry: 1, for no retries",
    )
