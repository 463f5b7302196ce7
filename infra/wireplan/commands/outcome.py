"""The one place that turns trouble into an exit code and a sentence; no traceback reaches the screen."""

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import typer

FINE = 0
FINDINGS = 1
USE = 2
CHANGES = 4
INTERRUPTED = 130


def guarded(app: Callable[[], object]) -> int:
    """Run `app` (a Typer app) and return its exit code: 0 fine, 1 findings, 2 use or environment, 4 changes, 130 interrupted."""
    try:
        app()
    except SystemExit as done:
        return code_of(done)
    except KeyboardInterrupt:
        say("interrupted: run the same command again to go on")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the outermost guard; every other place names what it catches
        return explained(error)
    return FINE


def code_of(done: SystemExit) -> int:
    """An exit code as a number; a text is printed and counts as wrong use."""
    if done.code is None:
        return FINE
    if isinstance(done.code, int):
        return done.code
    say(str(done.code))
    return USE


def explained(error: Exception) -> int:
    """Say what happened: Trouble in its own words, anything else with the log that a person can send us."""
    what = getattr(error, "what", None)
    if what is None:
        say(f"wireplan: unexpected {type(error).__name__}: {error}")
        say(f"  this is a fault of ours; the details are in {written(error)}")
        return USE
    say(f"wireplan: {what}")
    for word, text in (("why", getattr(error, "why", "")), ("fix", getattr(error, "fix", ""))):
        if text:
            say("  " + f"{word}: {text}".replace("\n", "\n       "))
    return int(getattr(error, "exit_code", USE))


def written(error: Exception) -> Path:
    """The traceback in a file of its own; WIREPLAN_DEBUG shows it on the screen as well."""
    text = "".join(traceback.format_exception(error))
    if os.environ.get("WIREPLAN_DEBUG"):
        say(text)
    handle, name = tempfile.mkstemp(prefix="wireplan-", suffix=".log")
    with os.fdopen(handle, "w") as out:
        out.write(text)
    return Path(name)


def say(text: str) -> None:
    """Talk goes to stderr, so that stdout stays data."""
    typer.echo(text, err=True)
    sys.stderr.flush()
