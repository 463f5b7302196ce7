"""Assemble the Typer app: each module of this package that has a `register` function adds its command.

Only typer may be imported at the top of any command module; what a command needs, it imports inside its function,
so that `--help` stays instant.
"""

import atexit
import importlib
import os
import pkgutil
import sys
import threading
from contextlib import suppress
from typing import Annotated

import typer

import wireplan
from wireplan import commands
from wireplan.commands import outcome

FIRST_WORDS = """\
wireplan describes, checks, creates and breaks a microservice system.

  wireplan init my-system      write a small system that works
  wireplan validate            check topology.yaml; every fault with place, reason and fix
  wireplan up                  bring the system up and print where to look
  wireplan explain KAF007      what a rule is about

All commands: wireplan --help"""


def build(asked: str = "") -> typer.Typer:
    """The app with every command of this package, in name order; with the one that is `asked` only, where it has a module."""
    app = typer.Typer(
        name="wireplan",
        help="Describe a microservice system once; check it, create it, render it, and prove that nothing is lost.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(root)
    known = sorted(info.name for info in pkgutil.iter_modules(commands.__path__))
    for name in [asked] if asked in known else known:
        register = getattr(importlib.import_module(f"{commands.__name__}.{name}"), "register", None)
        if register is not None:
            register(app)
    return app


def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Describe a microservice system once; check it, create it, render it, and prove that nothing is lost."""
    if version:
        typer.echo(f"wireplan {wireplan.__version__}")
        raise typer.Exit(outcome.FINE)
    if context.invoked_subcommand is None:
        typer.echo(FIRST_WORDS)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from wireplan.rim import collecting

    collecting.rarely()
    end(outcome.guarded(build(asked=sys.argv[1] if len(sys.argv) > 1 else "")))


def end(code: int) -> None:
    """End the process without taking everything down object by object, which can cost as much as checking a large system.

    What is registered for the end still runs. With other threads at work the process ends in the ordinary way.
    """
    if threading.active_count() > 1:
        sys.exit(code)
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # whoever read it, has gone; or what ran has closed it
            stream.flush()
    os._exit(code)
