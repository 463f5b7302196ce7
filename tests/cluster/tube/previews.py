"""`pulumi preview` of the running system, and of the same with one number changed: begun together, since each mostly waits."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.cluster.tube.system import ROOT, Begun, program

STACK = ROOT / "stacks" / "tube"
AS_IT_IS = ("", "")
RAISED = (("media", "3"), ("processing", "2..5"))
"""Services, and the replicas that they get."""
PREVIEW = 'eval "$("$0" -m wireplan tools env)" && exec pulumi preview --stack local --json --diff --non-interactive'

Change = tuple[str, str]


class Previews:
    """Those that were begun."""

    def __init__(self, begun: dict[Change, Begun]) -> None:
        """`begun` by what was changed."""
        self._begun = begun

    def steps(self, change: Change) -> list[dict[str, Any]]:
        """The steps that one names; only those that change something."""
        said = json.loads(self._begun[change].said())
        return [step for step in said["steps"] if step["op"] != "same"]


@contextmanager
def previewing(folder: Path) -> Iterator[Previews]:
    """All of them, as a person runs them in the stack's folder."""
    folders = {AS_IT_IS: STACK, **{change: edited(folder / change[0], *change) for change in RAISED}}
    with ExitStack() as stack:
        command = ["bash", "-c", PREVIEW, sys.executable]
        yield Previews(
            {change: stack.enter_context(program(command, each)) for change, each in folders.items()}
        )


def edited(to: Path, service: str, replicas: str) -> Path:
    """The stack with its state as it is now, in a folder of its own: a preview writes nothing, and the edit stays here."""
    stack = to / "stacks" / "tube"
    earlier = ("history", "backups")
    shutil.copytree(STACK, stack, ignore=shutil.ignore_patterns("services", "__pycache__", *earlier))
    (to / "protos").symlink_to(ROOT / "protos")
    (stack / "services").symlink_to(STACK / "services")
    overlay, head = stack / "local.yaml", "services:\n"
    text = overlay.read_text()
    assert head in text
    overlay.write_text(text.replace(head, f"{head}  {service}: {{replicas: {replicas}}}\n"))
    return stack
