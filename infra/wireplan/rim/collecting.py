"""How often Python looks for cycles of garbage, in a process that is ours from its beginning."""

import gc

RARELY = (50_000, 20, 100)
"""Thresholds of the cycle collector. A command, or a stack's program, makes many objects and little garbage, and most end within seconds:
with Python's own thresholds, looking for cycles is a tenth of a check, and grows faster than the system."""


def rarely() -> None:
    """Look for cycles rarely from now on."""
    gc.set_threshold(*RARELY)
