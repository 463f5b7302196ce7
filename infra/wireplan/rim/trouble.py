"""Trouble: what a person is told when the world does not play along."""

from dataclasses import dataclass


@dataclass
class Trouble(Exception):  # noqa: N818 - the word that a person reads
    """An expected failure of the world or of use: one sentence each for what, why and what to do. Exit code 2."""

    what: str
    why: str = ""
    fix: str = ""

    def __str__(self) -> str:
        return self.what
