"""Run outside programs: a log each, the last lines when one fails, and never a shell."""

import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble

TAIL_LINES = 15
PROGRESS_SECONDS = 20.0


def output(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | bytes | None = None,
    timeout: float | None = 120,
) -> str:
    """Run `command` and return its stdout.

    Raises:
        Trouble: the program is missing, failed, or took longer than `timeout` seconds; carries its last lines.
    """
    words = [str(word) for word in command]
    data = stdin.encode() if isinstance(stdin, str) else stdin
    try:
        done = subprocess.run(
            words, env=env, cwd=cwd, input=data, capture_output=True, timeout=timeout, check=False
        )
    except FileNotFoundError as error:
        raise missing(words[0]) from error
    except subprocess.TimeoutExpired as error:
        raise Trouble(f"{words[0]} did not end within {timeout:.0f} s", why=" ".join(words)) from error
    if done.returncode:
        raise failed(words, done.returncode, (done.stderr + done.stdout).decode(errors="replace"))
    return done.stdout.decode(errors="replace")


def ended(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = 120,
) -> tuple[int, bytes, bytes]:
    """Run `command` and return its exit code, stdout and stderr, for programs whose exit code is an answer.

    Raises:
        Trouble: the program is missing, or took longer than `timeout` seconds.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise missing(words[0]) from error
    except subprocess.TimeoutExpired as error:
        raise Trouble(f"{words[0]} did not end within {timeout:.0f} s", why=" ".join(words)) from error
    return done.returncode, done.stdout, done.stderr


def logged(
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    name: str = "",
) -> None:
    """Run a long `command` with its output in `log`, saying every 20 s that it still runs.

    Raises:
        Trouble: as `output`; the log is named and its last lines are shown.
    """
    words = [str(word) for word in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with log.open("wb") as out:
        try:
            child = subprocess.Popen(
                words, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        except FileNotFoundError as error:
            raise missing(words[0]) from error
        try:
            while True:
                try:
                    code = child.wait(timeout=PROGRESS_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    say(f"    {name or Path(words[0]).name}: still at it, {time.monotonic() - start:.0f} s")
        except BaseException:
            child.terminate()
            child.wait()
            raise
    if code:
        raise failed(words, code, log.read_text(errors="replace"), log)


def found(name: str) -> Path | None:
    """Where `name` is on PATH."""
    where = shutil.which(name)
    return Path(where) if where else None


def missing(name: str) -> Trouble:
    """The sentence for a program that is not there."""
    return Trouble(f"the program {name} was not found", fix="run `wireplan tools install`, or put it on PATH")


def failed(words: Sequence[str], code: int, text: str, log: Path | None = None) -> Trouble:
    """The sentence for a program that ended badly, with its last lines."""
    tail = "\n".join(text.strip().splitlines()[-TAIL_LINES:])
    where = f"the whole log is {log}" if log else ""
    return Trouble(f"{' '.join(words[:4])} ended with exit code {code}", why=tail, fix=where)
