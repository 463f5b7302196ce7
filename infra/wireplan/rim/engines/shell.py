"""What a person's shell needs to use our programs by hand."""

import os
import shlex
import sys
from pathlib import Path

from wireplan.rim import home, process
from wireplan.rim.engines import places
from wireplan.rim.engines.install import named, path

PROGRAMS = ("pulumi", "kubectl")
HOST = "pulumi-language-python"


def called(name: str) -> str:
    """What a person types to call a program: its name where PATH has it, else where our own copy is."""
    own = None if process.found(name) else places.installed(named(name))
    return shlex.quote(str(own)) if own else name


def search_path() -> list[str]:
    """The folders to put first on PATH: this Python's own (the language host takes the first python there), then the programs'."""
    folders = [str(Path(sys.executable).parent), *(str(path(name).parent) for name in PROGRAMS)]
    return list(dict.fromkeys(folders))


def place_host(pulumi: Path) -> None:
    """Put the language host beside our own Pulumi, where it looks first; found on PATH, it warns at every run.

    Somebody else's Pulumi has a host of its own.
    """
    if not pulumi.is_relative_to(home.cache()):
        return
    for file in path(HOST).parent.iterdir():
        link = pulumi.parent / file.name
        if link.resolve() != file:
            link.unlink(missing_ok=True)
            link.symlink_to(file)


def exports() -> list[str]:
    """Lines for `eval`: Pulumi finds the same home, state and passphrase as `wireplan up` does."""
    from wireplan.rim.program import workspace

    place_host(path("pulumi"))
    variables = {
        **workspace.environment(),
        "PATH": ":".join([*search_path(), os.environ.get("PATH", "/usr/bin:/bin")]),
        "KUBECONFIG": str(home.clusters() / "local" / "kubeconfig"),
    }
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
