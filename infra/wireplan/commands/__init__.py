"""The command line: one file a command; `main` is the entry point of the wheel and of cli.py."""

from wireplan.commands.app import main

__all__ = ["main"]
