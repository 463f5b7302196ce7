"""Start, know and end a cluster's processes. Only what we recorded, or what is in our control group, is ever ended."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from wireplan.rim import files
from wireplan.rim.cluster import groups

LOG_LIMIT = 50_000_000
JOIN = 'until [ "$1" = -- ]; do echo 0 >"$1" || exit 1; shift; done; shift; exec "$@"'


@dataclass(frozen=True)
class Record:
    """A process that we started. The start time tells it from a later one that got the same id."""

    name: str
    pid: int
    started: int
    command: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """What to run: a name of its own within the cluster, the command, and where it is to live."""

    name: str
    command: tuple[str, ...]
    group: str
    environment: Mapping[str, str]
    network: Path | None = None
    mounts: Path | None = None


def start(program: Program, records: Path, logs: Path) -> Record:
    """Start `program` in a session of its own, its output in its log, and record it."""
    folders = groups.make(program.group)
    log = logs / f"{program.name}.log"
    logs.mkdir(parents=True, exist_ok=True)
    if log.is_file() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as out:
        child = subprocess.Popen(
            joining(folders, entered(program)),
            env=dict(program.environment),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    record = Record(program.name, child.pid, started(child.pid) or 0, program.command)
    files.write(records / f"{program.name}.json", json.dumps(asdict(record)))
    return record


def joining(folders: Sequence[Path], command: Sequence[str]) -> list[str]:
    """The command behind a shell that joins the groups and becomes it: a program that forks at once leaves no child outside.

    Python's own code between fork and exec could wait for ever for what another thread held when it forked.
    """
    return [
        "/bin/sh",
        "-c",
        JOIN,
        "sh",
        *(str(folder / "cgroup.procs") for folder in folders),
        "--",
        *command,
    ]


def entered(program: Program) -> list[str]:
    """The command, within the namespaces it is to live in. nsenter becomes the program: the id stays."""
    options = [f"--net={program.network}"] if program.network else []
    options += [f"--mount={program.mounts}"] if program.mounts else []
    return ["nsenter", *options, "--", *program.command] if options else list(program.command)


def started(pid: int) -> int | None:
    """When the process began, in clock ticks since boot; None if there is none, or only its remains."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may itself hold spaces and parentheses.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[19])


def recorded(records: Path) -> dict[str, Record]:
    """Every record, by name."""
    found: dict[str, Record] = {}
    for path in sorted(records.glob("*.json")):
        try:
            raw = json.loads(path.read_text())
            found[raw["name"]] = Record(
                raw["name"], int(raw["pid"]), int(raw["started"]), tuple(raw["command"])
            )
        except (ValueError, KeyError, FileNotFoundError):
            continue
    return found


def alive(record: Record | None) -> bool:
    """Whether the very process that was recorded still runs."""
    return record is not None and record.started > 0 and started(record.pid) == record.started


def end(found: Sequence[Record], grace: float) -> None:
    """End the recorded processes: politely, then after `grace` seconds for good."""
    pids = [record.pid for record in found if alive(record)]
    send(pids, signal.SIGTERM)
    if not gone(pids, grace):
        send([record.pid for record in found if alive(record)], signal.SIGKILL)
        gone(pids, 10)


def end_several(groups_: Sequence[str], grace: float) -> None:
    """Ask every process in these control groups to end, and wait for them all, `grace` seconds at most."""
    pids = [pid for group in groups_ for pid in groups.members(group)]
    send(pids, signal.SIGTERM)
    gone(pids, grace)


def end_group(group: str) -> None:
    """End every process in the control group at once, and what they start while they are being ended."""
    for _ in range(50):
        pids = list(groups.members(group))
        if not pids:
            return
        send(pids, signal.SIGKILL)
        gone(pids, 2)


def send(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to each that still is."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def gone(pids: Sequence[int], seconds: float) -> bool:
    """Wait until none of them runs, `seconds` at most; return whether that came true."""
    end_time = time.monotonic() + seconds
    while any(started(pid) is not None for pid in pids):
        if time.monotonic() > end_time:
            return False
        time.sleep(0.05)
    return True
