"""What a caller answers when its callee does not (spec rows F1.4, F1.6): the one place that says whether a call can be done without.

A fallback that is written is answered, so that a call with one is not critical; but where its contract has no method without side effects, for which alone
it is answered (`topology/calls.py`). Who writes `critical: true` beside it has said that the caller fails all the same. A call of which nothing
can be answered may be done without by the caller's own code alone, which gets the error: `critical: false, fallback: error`.
"""

from wireplan.model.units import duration_text
from wireplan.topology import grpc
from wireplan.topology.types import Call, Topology

ANSWERS = {"cache": "cached", "empty": "empty"}
"""Kinds of fallbacks that are an answer, and what such an answer is called; the third is the error itself."""


def answers(call: Call) -> bool:
    """Whether a fallback is written that is an answer."""
    return call.fallback is not None and call.fallback.kind in ANSWERS


def writes(topology: Topology, call: Call) -> str:
    """Why nothing can be answered in place of the callee: nothing reads, or nobody knows what reads; empty where something may be."""
    if call.protocol == "http":
        return f'"{call.callee}" is asked by HTTP, where no contract says what has no side effects'
    contract = topology.contracts.get(call.contract or "")
    if contract is None or grpc.reads(contract, call.methods):
        return ""
    which = f"of {', '.join(call.methods)} none says" if call.methods else "no method says"
    return f"{which} idempotency_level = NO_SIDE_EFFECTS in {contract.full_name}"


def never(topology: Topology, call: Call) -> str:
    """Why an answer that is written in place of the callee's is never given; empty where it may be."""
    return writes(topology, call) if answers(call) else ""


def caught(topology: Topology, call: Call) -> bool:
    """Whether the caller's own code goes on after the error: it may do without the callee, `fallback: error` is written, and nothing could be answered."""
    own = call.fallback
    return not call.critical and own is not None and own.kind == "error" and bool(writes(topology, call))


def instead(topology: Topology, call: Call) -> str:
    """What the caller answers without the callee; nothing where it fails with it."""
    fallback = call.fallback
    if caught(topology, call):
        return f"{call.caller} goes on without {call.callee} (fallback: error, critical: false)"
    if call.critical or fallback is None or fallback.kind not in ANSWERS or never(topology, call):
        return ""
    if fallback.kind == "empty":
        return f"{call.caller} answers without {call.callee} (fallback: empty)"
    stale = f", up to {duration_text(fallback.max_stale)} old" if fallback.max_stale else ""
    return f"{call.caller} answers from cache {fallback.cache}{stale} (fallback: cache)"
