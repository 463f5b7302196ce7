"""What a caller answers when its callee does not (spec rows F1.4, F1.6): the one place that says whether a call can be done without.

A fallback that is written is answered, so that a call with one is not critical; but where its contract has no method without side effects, for which alone
it is answered (`topology/calls.py`). Who writes `critical: true` beside it has said that the caller fails all the same.
"""

from wireplan.model.units import duration_text
from wireplan.topology.types import Call

ANSWERS = {"cache": "cached", "empty": "empty"}
"""Kinds of fallbacks that are an answer, and what such an answer is called; the third is the error itself."""


def answers(call: Call) -> bool:
    """Whether a fallback is written that is an answer."""
    return call.fallback is not None and call.fallback.kind in ANSWERS


def instead(call: Call) -> str:
    """What the caller answers without the callee; nothing where it fails with it."""
    fallback = call.fallback
    if call.critical or fallback is None or fallback.kind not in ANSWERS:
        return ""
    if fallback.kind == "empty":
        return f"{call.caller} answers without {call.callee} (fallback: empty)"
    stale = f", up to {duration_text(fallback.max_stale)} old" if fallback.max_stale else ""
    return f"{call.caller} answers from cache {fallback.cache}{stale} (fallback: cache)"
