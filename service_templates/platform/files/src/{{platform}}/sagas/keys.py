"""The idempotency keys that sagas ask with, and how long they matter: what a saga did must be known for as long as it may be undone."""

import uuid
from typing import LiteralString

KEEP = 90 * 86_400.0
"""Seconds that an ended saga is kept, and that those who were asked remember what a saga asked."""

FORM: LiteralString = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:"
"""What such keys look like, as a regular expression of Python and of Postgres; other clients' keys may look so, and are kept as long."""


def of_step(saga: uuid.UUID, step: str) -> str:
    """The key of a step, the same in every attempt."""
    return f"{saga}:{step}"


def of_undo(saga: uuid.UUID, step: str) -> str:
    """The key of what undoes a step."""
    return f"{of_step(saga, step)}:undo"
