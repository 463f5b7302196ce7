"""What a person's shell needs to use our programs by hand."""

import os
import shlex
import sys
from pathlib import Path

from wireplan.rim import home
from wireplan.rim.engines.install import path

PULUMI_PARTS = (
    "pulumi",
    "pulumi-resource-kubernetes",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "kubectl",
)


def search_path() -> list[str]:
    """The folders to put first on PATH: this Python's own (the language host takes the first python there), then the programs'."""
    folders = [str(Path(sys.executable).parent), *(str(path(name).parent) for name in PULUMI_PARTS)]
    return list(dict.fromkeys(folders))


def exports() -> list[str]:
    """Lines for `eval`."""
    variables = {
        "PATH": ":".join([*search_path(), os.environ.get("PATH", "/usr/bin:/bin")]),
        "PULUMI_HOME": str(home.cache() / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "KUBECONFIG": str(home.clusters() / "local" / "kubeconfig"),
    }
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
