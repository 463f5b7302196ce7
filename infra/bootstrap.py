"""Make this clone ready to run on a machine that has only Python: fetch uv, let it make the environment. Run by `make`.

Standard library only. Quick when all is there; can be interrupted and run again. Writes to .venv and to our own cache folder,
and to nothing else, unless Python comes without pip and without venv: then Debian's package python3-venv is installed, and said so.
"""

# On an older Python the words after an arrow would already fail, before it can be said which one is needed.
from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "0.13.9"
# Of its wheels, by machine, as in the table of outside programs.
HASHES = {
    "x86_64": "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    "aarch64": "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
}
# The lock file of this repository is read by these.
UV_LEAST = (0, 9)
PYTHON_LEAST = (3, 11)


class Failed(Exception):  # noqa: N818 - it is raised to end the program with a sentence
    """What went wrong, in a sentence."""


def main() -> int:
    """Have uv and the environment; say how long it took. The exit code is 2 where something is missing."""
    begin = time.monotonic()
    try:
        if sys.version_info[:2] < PYTHON_LEAST:
            raise Failed(
                f"this is Python {sys.version.split()[0]}, and 3.11 or newer is needed: run it with a newer python3"
            )
        uv = found() or fetched()
        sync(uv)
    except Failed as failure:
        say(f"bootstrap: {failure}")
        return 2
    except KeyboardInterrupt:
        say("bootstrap: interrupted; run the same command again to go on")
        return 130
    if time.monotonic() - begin > 2:
        say(f"    the environment is ready: {time.monotonic() - begin:.1f} s")
    return 0


def say(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def cache() -> Path:
    """Where wireplan keeps programs (wireplan.rim.home says the same, but cannot be imported yet)."""
    if given := os.environ.get("WIREPLAN_HOME"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wireplan"


def found() -> Path | None:
    """A uv that is there: on PATH, or one that we fetched before."""
    own = cache() / "tools" / "uv"
    on_path = shutil.which("uv")
    # The one that this clone would fetch, before those of other clones.
    others = sorted(path for path in own.glob("*/uv") if path.parent.name != UV)
    for candidate in [*map(Path, [on_path] if on_path else []), own / UV / "uv", *others]:
        version = re.search(r"uv (\d+)\.(\d+)", output([str(candidate), "--version"]))
        if version and (int(version[1]), int(version[2])) >= UV_LEAST:
            return candidate
    return None


def output(command: Sequence[str]) -> str:
    """What a program prints; nothing where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def fetched() -> Path:
    """Fetch uv as a wheel into our cache, whole or not at all."""
    say(f"==> fetching uv {UV}, which makes the Python environment")
    root = cache() / "tools" / "uv"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".new-") as name:
        folder = Path(name)
        run(
            [
                *pip(folder),
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--target",
                str(folder / "tree"),
                *wanted(folder),
            ]
        )
        staging = folder / "whole"
        staging.mkdir()
        (folder / "tree").rename(staging / "tree")
        (staging / "uv").symlink_to("tree/bin/uv")
        target = root / UV
        if target.exists():
            shutil.rmtree(target)
        staging.rename(target)
    return target / "uv"


def wanted(folder: Path) -> list[str]:
    """What pip is asked for: the very wheel that is pinned, where one is for this machine."""
    pinned = HASHES.get(platform.machine()) if platform.libc_ver()[0] == "glibc" else None
    if pinned is None:
        return [f"uv=={UV}"]
    requirements = folder / "requirements.txt"
    requirements.write_text(f"uv=={UV} --hash=sha256:{pinned}\n")
    return ["--only-binary", ":all:", "--require-hashes", "--requirement", str(requirements)]


def pip(folder: Path) -> list[str]:
    """A pip: this Python's own, else one in a throw-away environment."""
    if output([sys.executable, "-m", "pip", "--version"]):
        return [sys.executable, "-m", "pip"]
    environment = folder / "environment"
    if not output([sys.executable, "-c", "import ensurepip, venv; print('there')"]):
        install_venv()
    run([sys.executable, "-m", "venv", str(environment)])
    return [str(environment / "bin" / "python"), "-m", "pip"]


def install_venv() -> None:
    """Debian splits venv from Python; without it there is no way to any package."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Failed("this Python has neither pip nor venv: install one of them, or uv, and run this again")
    say("    this Python has neither pip nor venv; installing the Debian package python3-venv")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    command = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", "python3-venv"]
    # A fresh machine has no lists yet: then the first try fails at once, and says nothing that helps.
    if subprocess.run(command, capture_output=True, check=False).returncode:
        run(["apt-get", "update", "-qq"])
        run(command)


def sync(uv: Path) -> None:
    """Let the environment be what the lock file says; takes a moment when it already is."""
    fresh = not (ROOT / ".venv" / "bin" / "wireplan").exists()
    if fresh:
        say("==> making the Python environment in .venv")
    run([str(uv), "sync", "--frozen", "--quiet", "--project", str(ROOT)])


def run(command: Sequence[str]) -> None:
    """Run a program, its output shown; end with a sentence where it fails."""
    # An environment that is active in the shell is somebody else's.
    kept = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=kept, check=False)
    except OSError as error:
        raise Failed(f"{command[0]} could not be run: {error}") from error
    if done.returncode:
        raise Failed(
            f"`{' '.join(command[:4])} ...` ended with {done.returncode}; see above, then run this again"
        )


if __name__ == "__main__":
    sys.exit(main())
