"""A stack through the Automation API: its folder of work, its state, its passphrase, its environment.

`wireplan up` works in a copy of the stack's settings, because Pulumi writes the salt of its encryption into them: the
files of a person stay as they are. State is the same as that of a bare `pulumi up` in the stack's folder.
"""

import importlib.metadata
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wireplan.rim import engines, files, home
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble

if TYPE_CHECKING:
    from pulumi.automation import Stack

PROVIDER = "pulumi-kubernetes"
PROGRAM = "pulumi-resource-kubernetes"
PROJECT_FILE = "Pulumi.yaml"
STATE = "state"
WORK = ".wireplan"
SALT = "encryptionsalt:"
OWN_POOL = ("grpc.use_local_subchannel_pool", 1)


def stack(folder: Path, project: str, name: str, program: Callable[[], None]) -> "Stack":
    """The stack `name` of the project in `folder`, made if it is not there, with an inline program.

    Raises:
        Trouble: an engine is missing, or the folder cannot be used.
    """
    # Read when gRPC is imported: without it, each program that is started while gRPC has threads writes a line about it.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    from wireplan.rim.program.engine import Engine, Stack, Workspace

    keep_connections_apart()
    variables = environment()
    work = prepared(folder, project, name)
    engine = Engine(engines.path("pulumi"), work.parent / "tmp", lambda: foreign_salt(folder, name))
    found = Stack(
        name,
        Workspace(
            work_dir=str(work),
            pulumi_home=variables["PULUMI_HOME"],
            program=program,
            env_vars=variables,
            pulumi_command=engine,
        ),
    )
    keep_salt(work, name)
    return found


def keep_connections_apart() -> None:
    """Give each connection of the SDK (3.216) to an engine its own pool: by default gRPC shares one over a process.

    There an address whose engine has ended is left alone for up to two minutes, also when the next engine got the same port: its
    run then fails with 'Resource monitor has terminated'.
    """
    from pulumi.runtime import _grpc_settings

    options: list[tuple[str, int]] = getattr(_grpc_settings, "_GRPC_CHANNEL_OPTIONS", [])
    if OWN_POOL not in options:
        options.append(OWN_POOL)


def foreign_salt(folder: Path, name: str) -> Trouble:
    """The sentence for a salt that was made with another passphrase than ours."""
    ours = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE") or (
        "PULUMI_CONFIG_PASSPHRASE" if "PULUMI_CONFIG_PASSPHRASE" in os.environ else passphrase()
    )
    return Trouble(
        f"the passphrase in {ours} does not fit the stack {name}",
        why=f"the encryptionsalt in {folder / stack_file(name)}, or of the last run in {folder / WORK}, was made with another one",
        fix="set PULUMI_CONFIG_PASSPHRASE_FILE to the file with that one; for a stack that exists nowhere yet, remove the salt",
    )


def unlock(folder: Path, project: str, name: str, seconds: float = 0) -> bool:
    """Remove locks of runs that are dead, and wait for one that works. Whether there was one of the dead.

    A killed `wireplan up` may leave an engine that still finishes what it began; its lock goes when it ends.
    """
    removed = False
    end = time.monotonic() + seconds
    for lock in (folder / STATE / ".pulumi" / "locks" / "organization" / project / name).glob("*.json"):
        try:
            held = json.loads(lock.read_text())
            process, here = int(held["pid"]), held["hostname"] == socket.gethostname()
        except (OSError, ValueError, KeyError):
            continue
        if here and alive(process) and seconds:
            say(f"    another run (process {process}) is changing the stack: waiting for it")
        while here and alive(process) and time.monotonic() < end:
            time.sleep(1)
        if here and not alive(process) and lock.exists():
            lock.unlink(missing_ok=True)
            removed = True
    if removed:
        end_orphans(home.cache() / "pulumi" / "plugins")
    return removed


def end_orphans(plugins: Path) -> list[int]:
    """End providers of ours whose engine was killed: they would wait for it for ever. Their numbers."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            program = (folder / "cmdline").read_bytes().partition(b"\0")[0].decode(errors="replace")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            engine = Path(f"/proc/{parent}/comm").read_text().strip()
        except OSError:
            continue  # it ended while we looked
        if program.startswith(f"{plugins}/") and engine != "pulumi":
            os.kill(int(folder.name), signal.SIGTERM)
            found.append(int(folder.name))
    return found


def alive(process: int) -> bool:
    """Whether an engine of that number runs: not a dead one that nobody has taken leave of, nor another program."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" and b"pulumi" in Path(f"/proc/{process}/cmdline").read_bytes()
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    except OSError:
        return not Path("/proc/self").exists()  # no such folder on this system: the signal has answered


def environment() -> dict[str, str]:
    """What the engine is told. What the person has set wins."""
    folder = home.cache() / "pulumi"
    place_provider(folder)
    found = {
        "PATH": f"{engines.path('pulumi').parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PULUMI_HOME": str(folder),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
    }
    if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & os.environ.keys():
        found["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase())
    return found


def passphrase() -> Path:
    """The file with this person's own passphrase, made once; states of stacks are encrypted with it."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    file = data / "wireplan" / "passphrase"
    if not file.is_file():
        files.write(file, secrets.token_urlsafe(32) + "\n", 0o600)
    return file


def place_provider(folder: Path) -> None:
    """Put the provider where the engine looks first; found on PATH, it warns at every run."""
    version = importlib.metadata.version(PROVIDER)
    place = folder / "plugins" / f"resource-kubernetes-v{version}" / PROGRAM
    program = engines.path(PROGRAM).resolve()
    if place.resolve() == program:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(program)


def prepared(folder: Path, project: str, name: str) -> Path:
    """The folder of work: the project's settings as they are now, the stack's own with the salt of last time.

    Raises:
        Trouble: the folder cannot be written.
    """
    work = folder / WORK / "work"
    with files.writing(folder):
        (folder / STATE).mkdir(parents=True, exist_ok=True)
        (folder / STATE).chmod(0o700)
        work.mkdir(parents=True, exist_ok=True)
        link = work / STATE
        if not link.is_symlink():
            link.symlink_to(Path("..") / ".." / STATE)
        written = folder / PROJECT_FILE
        files.write(work / PROJECT_FILE, written.read_bytes() if written.is_file() else project_text(project))
        settings = folder / stack_file(name)
        text = settings.read_text() if settings.is_file() else ""
        files.write(work / stack_file(name), with_salt(text, kept_salt(work, name)))
        ignored(folder)
    return work


def project_text(project: str) -> str:
    """Settings for a folder that has none."""
    return f"name: {project}\nruntime: python\nbackend:\n  url: file://{STATE}\n"


def stack_file(name: str) -> str:
    """The settings of one stack."""
    return f"Pulumi.{name}.yaml"


def with_salt(text: str, salt: str) -> str:
    """The stack's settings; a salt that a person has written wins."""
    if not salt or any(line.startswith(SALT) for line in text.splitlines()):
        return text
    body = "" if text.strip() == "{}" else text
    return f"{body.rstrip()}\n{salt}\n".lstrip()


def keep_salt(work: Path, name: str) -> None:
    """Note the salt that Pulumi wrote."""
    lines = (work / stack_file(name)).read_text().splitlines() if (work / stack_file(name)).is_file() else []
    for line in lines:
        if line.startswith(SALT):
            files.write(work.parent / f"{name}.salt", line + "\n", 0o600)


def kept_salt(work: Path, name: str) -> str:
    """The salt of last time."""
    file = work.parent / f"{name}.salt"
    return file.read_text().strip() if file.is_file() else ""


def ignored(folder: Path) -> None:
    """Neither state nor work belongs into a repository."""
    for place in (folder / STATE, folder / WORK):
        if not (place / ".gitignore").is_file():
            files.write(place / ".gitignore", "*\n!.gitignore\n")
