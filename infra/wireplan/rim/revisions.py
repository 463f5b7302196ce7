"""A git revision as a folder, without touching the working tree, its index or its list of worktrees.

`git archive` would be shorter, but it leaves out what `.gitattributes` marks as export-ignore and rewrites export-subst.
"""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from wireplan.rim import process
from wireplan.rim.trouble import Trouble

# Large files are not fetched, and no filter of the repository's runs.
QUIET = ("-c", "filter.lfs.smudge=", "-c", "filter.lfs.required=false", "-c", "core.fsmonitor=false")


def repository(path: Path) -> Path:
    """The root of the working tree that `path` is in.

    Raises:
        Trouble: it is in none, or git is missing.
    """
    folder = path.resolve().parent if not path.is_dir() else path.resolve()
    try:
        return Path(process.output(["git", "-C", folder, "rev-parse", "--show-toplevel"]).strip())
    except Trouble as trouble:
        if not process.found("git"):
            raise
        raise Trouble(
            f"{folder} is in no git working tree", why=trouble.why, fix="run this in a clone"
        ) from trouble


def shallow(root: Path) -> bool:
    """Whether a clone holds only the commits that were fetched.

    Raises:
        Trouble: git fails.
    """
    return process.output(["git", "-C", root, "rev-parse", "--is-shallow-repository"]).strip() == "true"


def commit(root: Path, revision: str) -> str:
    """The commit that `revision` names.

    Raises:
        Trouble: there is none of that name here.
    """
    words = [
        "git",
        "-C",
        root,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        f"{revision}^{{commit}}",
    ]
    try:
        return process.output(words).strip()
    except Trouble as trouble:
        held = (
            "this is a shallow clone, which holds only the commits that were fetched"
            if shallow(root)
            else "no branch, tag or commit here has that name"
        )
        raise Trouble(
            f"there is no revision {revision} in {root.name}",
            why=held,
            fix=f"git fetch origin {revision}, or name another with --against",
        ) from trouble


@contextmanager
def folder(root: Path, revision: str) -> Generator[Path]:
    """All files of `revision` in a temporary folder.

    Raises:
        Trouble: there is no such revision, or git fails.
    """
    found = commit(root, revision)
    with tempfile.TemporaryDirectory(prefix="wireplan-base-") as scratch:
        tree = Path(scratch).resolve() / "tree"
        tree.mkdir()
        env = {**os.environ, "GIT_INDEX_FILE": str(Path(scratch) / "index")}
        process.output(["git", "-C", root, "read-tree", found], env=env)
        process.output(
            ["git", "-C", root, *QUIET, "checkout-index", "--all", "--quiet", f"--prefix={tree}/"], env=env
        )
        yield tree
