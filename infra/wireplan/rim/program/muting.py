"""The SDK's word on each step of its own is not sent to the engine, which throws it away.

The SDK (3.216) tells the engine's debug channel of each registration, four times an object, and waits each time for the answer: a
fifth of the processor's time of a preview of the reference system (5.7 s against 4.6 s). Only `pulumi --debug` shows these lines;
WIREPLAN_DEBUG keeps them.
"""

import os
from typing import Any, cast

KEPT = "WIREPLAN_DEBUG"


def mute() -> None:
    """Send no more to the debug channel. Warnings and errors go as before."""
    from pulumi import log

    if not os.environ.get(KEPT):
        cast("Any", log).debug = unsaid


def unsaid(*words: object, **options: object) -> None:
    """Nothing."""
    del words, options
