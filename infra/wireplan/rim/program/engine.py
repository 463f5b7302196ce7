"""The Automation API's command, workspace and stack, without the starts of the engine whose answers are at hand or nobody's.

One start costs 0.2 s of a processor, and 0.2 s more where it derives the key from the passphrase; the SDK (3.216) makes six of them
around one update. What is left of `wireplan up`: one preview, and one update if that has something to do.

Of the SDK only public methods are overridden, and tests/program/test_engine.py runs the real engine and counts its starts: an SDK
that goes other ways fails there.
"""

import contextlib
import datetime
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation._stack import StackInitMode  # nothing else makes a subclass of Stack
from semver import VersionInfo

from wireplan.rim.engines.table import ENGINES
from wireplan.rim.program.bodies import at, rows
from wireplan.rim.trouble import Trouble

Told = Callable[[str], Any]
OWN_BACKEND = "file://state"
ELSEWHERE = "PULUMI_BACKEND_URL"  # wins over the project's own
FORMATS = frozenset({3, 4})
"""Forms of a checkpoint (`apitype.VersionedCheckpoint`) that differ in nothing which is read here."""
STACK = "pulumi:pulumi:Stack"
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the key that marks a value as special (pulumi, resource.SigKey)
WRONG_PASSPHRASE = "incorrect passphrase"  # noqa: S105 - what the engine says


class Engine(automation.PulumiCommand):
    """The engine. Its version is known, since one that does not fit is not taken: it is not asked again by each stack.

    What providers leave in their temporary folder goes with each run: that of Kubernetes (4.25) writes the kubeconfig which it
    is given into a file for Helm, credentials included, and leaves it there.
    """

    def __init__(self, path: Path, scratch: Path, foreign: Callable[[], Trouble]) -> None:  # pyright: ignore[reportMissingSuperCall]
        """`scratch` gets the temporary folders; `foreign` says what a wrong passphrase means."""
        self.command = str(path)
        self.version = VersionInfo.parse(ENGINES["pulumi"].version)  # or a later one that fits as well
        self.scratch = scratch
        self.foreign = foreign

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Told | None = None,
        on_error: Told | None = None,
    ) -> automation.CommandResult:
        """One start.

        Raises:
            CommandError: it failed.
            Trouble: the passphrase does not fit.
        """
        try:
            with emptied(self.scratch) as folder:
                return super().run(args, cwd, {**additional_env, "TMPDIR": str(folder)}, on_output, on_error)
        except automation.CommandError as error:
            if WRONG_PASSPHRASE not in str(error):
                raise
            raise self.foreign() from error


@contextlib.contextmanager
def emptied(scratch: Path) -> Generator[Path]:
    """A temporary folder for one start. Those of runs that were killed go too: each is named after its process."""
    scratch.mkdir(mode=0o700, exist_ok=True)
    for old in scratch.iterdir():
        if gone(old.name.partition("-")[0]):
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix=f"{os.getpid()}-", dir=scratch, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def gone(process: str) -> bool:
    """Whether there is no process of that number."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False
    return False


class Workspace(automation.LocalWorkspace):
    """A folder of work whose state is a file beside it, which is read instead of asked for.

    The engine (3.216) keeps it in .pulumi/stacks/PROJECT/NAME.json, as a deployment with the version of its form around it. Where
    it is anywhere else, or in a form that is not known, the engine is asked as ever.
    """

    def select_stack(self, stack_name: str) -> None:
        """Nothing is selected, since each start names its stack. One that is seen not to be there is made."""
        if not self.own():
            super().select_stack(stack_name)
        elif not self.checkpoint(stack_name).is_file():
            with contextlib.suppress(automation.StackAlreadyExistsError):
                self.create_stack(stack_name)

    def export_stack(self, stack_name: str) -> automation.Deployment:
        """The state. Read from the file, its secrets are as they lie there, encrypted; importing it again takes them so."""
        found = self.read(stack_name)
        return super().export_stack(stack_name) if found is None else automation.Deployment(3, found)

    def stack_outputs(self, stack_name: str) -> automation.OutputMap:
        """The outputs of the stack."""
        found = self.read(stack_name)
        values = outputs(found or {})
        if found is None or SECRET in json.dumps(values):
            return super().stack_outputs(stack_name)
        return {name: automation.OutputValue(value, secret=False) for name, value in values.items()}

    def read(self, stack_name: str) -> dict[str, Any] | None:
        """The deployment in the state's file, None where it is not to be had there."""
        if not self.own():
            return None
        try:
            document = json.loads(self.checkpoint(stack_name).read_bytes())
            if document["version"] not in FORMATS:
                return None
            return dict(document["checkpoint"].get("latest") or {})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def own(self) -> bool:
        """Whether the state is where a project of ours has it."""
        backend = self.project_settings().backend
        asked = ELSEWHERE in os.environ or ELSEWHERE in self.env_vars
        return not asked and backend is not None and backend.url == OWN_BACKEND

    def checkpoint(self, stack_name: str) -> Path:
        """The file that the engine keeps a stack's state in."""
        project = self.project_settings().name
        return Path(self.work_dir, "state", ".pulumi", "stacks", project, f"{stack_name}.json")


class Stack(automation.Stack):
    """A stack that is made if it is not there, and that is not asked for its history after each update."""

    def __init__(self, name: str, workspace: automation.Workspace) -> None:
        super().__init__(name, workspace, StackInitMode.CREATE_OR_SELECT)

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:
        """What `up`, `refresh` and `destroy` put into their result, from the history. Here it is read from the engine's events."""
        del show_secrets
        now = datetime.datetime.now(tz=datetime.UTC)
        return automation.UpdateSummary("", now, "", {}, {}, "not asked for")


def outputs(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """The stack's outputs in its state."""
    stacks = (one for one in rows(deployment, "resources") if one.get("type") == STACK)
    return dict(at(next(stacks, None), "outputs") or {})
