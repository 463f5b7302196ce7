"""What only the workspace's own tools can make: its lock file, and the code of its contracts.

uv makes both. The contracts are generated in the workspace's own environment, since code of its protobuf refuses the one that
Wireplan runs on. A fingerprint of what they were made from is kept, so that an unchanged workspace starts no program.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from wireplan.rim import engines, files, home, process
from wireplan.rim.scaffolding import store
from wireplan.rim.talk import step

MADE = "made.json"
GROUP = "contracts"  # the dependency group of the workspace that holds the generator of contracts
PYTHON = "3.13"  # of the workspace, see its pyproject.toml
GENERATOR = Path("contracts/generate.py")
TOOLS = re.compile(r'name = "(grpcio-tools|protobuf|mypy-protobuf)"\nversion = "([^"]+)"')


def uv() -> Path:
    """The program uv: on PATH, beside the Python that runs us, or from the tools room, which gets it where it is missing."""
    beside = Path(sys.executable).with_name("uv")
    return process.found("uv") or (beside if beside.exists() else engines.path("uv"))


def environment() -> dict[str, str]:
    """Our environment, with a Python that fits the workspace for uv; where there is none, uv gets one itself."""
    found = next((path for path in _pythons() if _fits(path)), None)
    return {**({"UV_PYTHON": str(found)} if found else {}), **os.environ}


def make(workspace: Path, protos: Path | None) -> None:
    """Bring lock file and contracts up to date.

    Raises:
        Trouble: uv failed, as when it can reach no index.
    """
    made = _made(workspace)
    if made.get("lock") != _lock_print(workspace):
        with step("lock the workspace's dependencies"):
            run([str(uv()), "lock"], workspace, "uv-lock")
        made["lock"] = _lock_print(workspace)
        _remember(workspace, made)
    if protos and made.get("contracts") != _contracts_print(workspace, protos):
        with step("generate the contracts"):
            run(_generate(uv()), workspace, "contracts")
        made["contracts"] = _contracts_print(workspace, protos)
        _remember(workspace, made)


def stale(workspace: Path, protos: Path | None) -> list[str]:
    """What of them is not current. Where the fingerprint differs, the program that makes it is asked."""
    made = _made(workspace)
    found: list[str] = []
    if made.get("lock") != _lock_print(workspace) and not _agrees(workspace, "lock", "--check"):
        found.append("uv.lock is not current")
    aged = bool(protos) and made.get("contracts") != _contracts_print(workspace, protos)
    if aged and not _ends_well([*_generate(uv()), "--check"], workspace):
        found.append("contracts/ is not current")
    return found


def made_once(workspace: Path) -> bool:
    """Whether the lock file was made here, now or at some time."""
    return "lock" in _made(workspace)


def run(command: list[str], workspace: Path, name: str) -> None:
    """Run a program in the workspace, its output in a log of that name."""
    process.logged(command, home.cache() / f"log/{name}.log", cwd=workspace, env=environment(), name=name)


def _generate(program: Path) -> list[str]:
    return [str(program), "run", "--frozen", "--isolated", "--only-group", GROUP, "python", str(GENERATOR)]


def _agrees(workspace: Path, *words: str) -> bool:
    return (workspace / "uv.lock").exists() and _ends_well([str(uv()), *words], workspace)


def _ends_well(command: list[str], workspace: Path) -> bool:
    return process.ended(command, cwd=workspace, env=environment(), timeout=600)[0] == 0


def _pythons() -> Iterator[Path]:
    """Where a Python of the workspace's version may be: us, PATH, and pyenv, whose shims on PATH often refuse."""
    yield Path(sys.executable)
    if on_path := process.found(f"python{PYTHON}"):
        yield on_path
    yield from sorted(Path.home().glob(f".pyenv/versions/{PYTHON}*/bin/python"), reverse=True)


def _fits(python: Path) -> bool:
    asked = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    code, said, _ = process.ended(asked)
    return code == 0 and said.decode().strip() == PYTHON


def _lock_print(workspace: Path) -> str:
    """One fingerprint of what goes in (the members' pyproject.toml) and what came out; "no lock" when nothing did."""
    lock = workspace / "uv.lock"
    members = [workspace / "pyproject.toml", *sorted(workspace.glob("*/pyproject.toml"))]
    return _print(workspace, [lock, *members]) if lock.exists() else "no lock"


def _contracts_print(workspace: Path, protos: Path) -> str:
    """One fingerprint of what goes in (.proto files, generator, versions of its tools) and what came out."""
    generated = [path for path in (workspace / "contracts/src").rglob("*") if "__pycache__" not in path.parts]
    lock = workspace / "uv.lock"
    versions = sorted(TOOLS.findall(lock.read_text())) if lock.exists() else []
    inside = _print(workspace, [workspace / GENERATOR, *sorted(generated)])
    return _digest([inside, _print(protos, sorted(protos.rglob("*.proto"))), json.dumps(versions)])


def _print(root: Path, paths: Iterable[Path]) -> str:
    texts = ((str(path.relative_to(root)), path.read_bytes()) for path in paths if path.is_file())
    return _digest(f"{name} {hashlib.sha256(data).hexdigest()}" for name, data in texts)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _made(workspace: Path) -> dict[str, str | None]:
    try:
        return json.loads((workspace / store.FOLDER / MADE).read_text())
    except (OSError, ValueError):
        return {}


def _remember(workspace: Path, made: dict[str, str | None]) -> None:
    files.write(workspace / store.FOLDER / MADE, json.dumps(made, indent=1, sort_keys=True) + "\n")
