"""Processes: known by id and start time, ended only when they are ours."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from wireplan.rim.cluster import groups, processes
from wireplan.rim.cluster.processes import Program, Record

SLEEP = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(300)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(300)",
)


@pytest.fixture(autouse=True)
def no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control groups need root; what they are for is tested on the real cluster."""
    monkeypatch.setattr(groups, "make", lambda _: [])


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Record]]:
    records: list[Record] = []
    yield records
    processes.end(records, 0)


def run(command: tuple[str, ...], tmp_path: Path, started: list[Record], name: str = "sleeper") -> Record:
    program = Program(name, command, "", {"PATH": os.environ["PATH"]})
    record = processes.start(program, tmp_path / "records", tmp_path / "logs")
    started.append(record)
    log = tmp_path / "logs" / f"{name}.log"
    while "here" not in log.read_text():
        assert processes.alive(record), log.read_text()
    return record


def test_a_started_process_is_found_again_by_its_record(tmp_path: Path, started: list[Record]) -> None:
    record = run(SLEEP, tmp_path, started)
    assert processes.recorded(tmp_path / "records") == {"sleeper": record}
    assert processes.alive(record)


def test_it_has_a_session_of_its_own_so_that_the_terminals_end_is_not_its_own(
    tmp_path: Path, started: list[Record]
) -> None:
    record = run(SLEEP, tmp_path, started)
    assert os.getsid(record.pid) == record.pid
    assert os.getsid(0) != record.pid


def test_it_is_in_its_control_groups_before_its_first_step(
    tmp_path: Path, started: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / "memory group", tmp_path / "pids"]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(groups, "make", lambda _: folders)
    look = "import sys, time; print([open(name).read() for name in sys.argv[1:]], 'here', flush=True); time.sleep(300)"
    files = [str(folder / "cgroup.procs") for folder in folders]
    run((sys.executable, "-c", look, *files), tmp_path, started)
    assert (tmp_path / "logs" / "sleeper.log").read_text() == "['0\\n', '0\\n'] here\n"


def test_what_cannot_join_its_groups_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "make", lambda _: [tmp_path / "nowhere"])
    program = Program("sleeper", ("touch", str(tmp_path / "ran")), "", {"PATH": os.environ["PATH"]})
    record = processes.start(program, tmp_path / "records", tmp_path / "logs")
    assert processes.gone([record.pid], 30)
    assert not (tmp_path / "ran").exists()
    assert "nowhere" in (tmp_path / "logs" / "sleeper.log").read_text()


def test_ending_is_polite_first(tmp_path: Path, started: list[Record]) -> None:
    record = run(SLEEP, tmp_path, started)
    processes.end([record], 10)
    assert not processes.alive(record)


def test_what_does_not_listen_is_ended_for_good(tmp_path: Path, started: list[Record]) -> None:
    record = run(STUBBORN, tmp_path, started)
    processes.end([record], 0.2)
    assert not processes.alive(record)


def test_another_process_that_got_the_same_id_is_not_ours_and_is_not_ended(tmp_path: Path) -> None:
    child = subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL)
    try:
        stale = Record("sleeper", child.pid, (processes.started(child.pid) or 0) - 1, ())
        assert not processes.alive(stale)
        processes.end([stale], 0)
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_remains_of_a_dead_process_do_not_count_as_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.started(child.pid) is None
    child.wait()


def test_a_record_that_was_half_written_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "etcd.json").write_text('{"name": "etc')
    assert processes.recorded(tmp_path) == {}


def test_a_log_that_grew_large_is_set_aside(
    tmp_path: Path, started: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LOG_LIMIT", 3)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "sleeper.log").write_text("old lines")
    run(SLEEP, tmp_path, started)
    assert (tmp_path / "logs" / "sleeper.log.1").read_text() == "old lines"


def test_a_program_of_a_node_is_entered_into_its_namespaces() -> None:
    program = Program("kubelet", ("kubelet",), "g", {}, network=Path("/run/netns/n"), mounts=Path("/run/m"))
    assert processes.entered(program) == ["nsenter", "--net=/run/netns/n", "--mount=/run/m", "--", "kubelet"]
