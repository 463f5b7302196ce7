"""Build Go programs out of our committed modules, and take files out of the modules' sources."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from wireplan.rim import files, home, process
from wireplan.rim.engines.kinds import Build, FromModule
from wireplan.rim.engines.places import MODULES
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble

# Everything compiled for Kubernetes and Pulumi, and what it is compiled from, as seen on disk.
LEAST_FREE_BYTES = 12 * 1024**3
# Two compilers side by side, each with the largest package there is.
ROOMY_BYTES = 10 * 1024**3
PROGRESS_SECONDS = 15.0
PROVIDER_MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"
PROVIDER_VERSION = "4.25.0"


def environment(go: Path) -> dict[str, str]:
    """What Go builds run with. The same flags everywhere: another flag compiles everything a second time.

    No debugger's tables are made: a tenth of the time, and they would be stripped in the end.
    """
    root = home.cache() / "go"
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("GO") or key in {"GOPROXY", "GOSUMDB"}
    }
    return {
        **kept,
        "PATH": f"{go.parent}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "GOMODCACHE": str(root / "mod"),
        "GOCACHE": str(root / "build"),
        "GOPATH": str(root / "path"),
        "GOFLAGS": "-trimpath -buildvcs=false -gcflags=all=-dwarf=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
        # The public checksum database does not know the provider's version; its hashes stand in our go.sum.
        "GONOSUMDB": "github.com/pulumi/*",
        # The compiler collects garbage less often, which saves a fifth of the time where there is memory for it.
        "GOGC": "800" if memory() >= ROOMY_BYTES else "200",
    }


def memory() -> int:
    """The machine's memory in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def build(go: Path, way: Build, name: str, target: Path) -> None:
    """Build one program to `target`. An interrupted build goes on where it was: what is compiled is kept.

    Raises:
        Trouble: too little disk, or the build failed; its last lines are shown.
    """
    refuse_full_disk()
    source, env = copied(way.module), environment(go)
    log = home.cache() / "logs" / f"build-{name}.log"
    if way.module == "pulumi":
        write_schemas(go, source, env)
    flags = ["-s", "-w", *(f"-X {variable}={value}" for variable, value in way.variables.items())]
    command = [
        *(str(go), "build", "-v", "-tags", ",".join(way.tags), "-ldflags", " ".join(flags)),
        *("-o", str(target), way.package),
    ]
    total = packages(go, way, source, env)
    compile_all(command, source, env, log, f"{name}: of at most {total} packages")


def refuse_full_disk() -> None:
    """Refuse to begin what cannot be ended.

    Raises:
        Trouble: the disk is too full, and nothing compiled lies there yet.
    """
    root = home.cache()
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free
    if free < LEAST_FREE_BYTES and not (root / "go" / "build").is_dir():
        raise Trouble(
            f"only {free / 1024**3:.1f} GiB are free under {root}",
            why=f"building the programs from source needs {LEAST_FREE_BYTES // 1024**3} GiB",
            fix="make room, or set WIREPLAN_HOME to a folder on another disk",
        )


def copied(module: str) -> Path:
    """A copy of the module to build in: the package's own folder may be read-only."""
    source = home.cache() / "go" / "src" / module
    if source.is_dir():
        shutil.rmtree(source)
    shutil.copytree(MODULES / module, source)
    return source


def packages(go: Path, way: Build, source: Path, env: Mapping[str, str]) -> int:
    """How many packages the program has; downloads what is missing of the modules.

    Raises:
        Trouble: the module proxy cannot be reached, or does not have them.
    """
    say(f"    {way.module}: fetching Go modules where they are missing")
    listed = process.output(
        [go, "list", "-deps", "-tags", ",".join(way.tags), way.package], cwd=source, env=env, timeout=900
    )
    return len(listed.splitlines())


def compile_all(command: list[str], source: Path, env: Mapping[str, str], log: Path, label: str) -> None:
    """Run the build, saying now and then how many packages it has compiled.

    Raises:
        Trouble: it failed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    with log.open("wb") as out:
        child = subprocess.Popen(
            command, cwd=source, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            while True:
                try:
                    code = child.wait(timeout=PROGRESS_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    done = log.read_bytes().count(b"\n")
                    say(f"    {label}, {done} compiled now, {time.monotonic() - begin:.0f} s")
        except BaseException:
            child.terminate()
            child.wait()
            raise
    if code:
        raise process.failed(command, code, log.read_text(errors="replace"), log)


def write_schemas(go: Path, source: Path, env: Mapping[str, str]) -> None:
    """Write the two files that the provider carries: its module's own, compact, with the version set."""
    folder = directory(go, PROVIDER_MODULE, source, env) / "cmd" / "pulumi-resource-kubernetes"
    schema = json.loads((folder / "schema.json").read_text())
    schema["version"] = PROVIDER_VERSION
    files.write(source / "schema.json", json.dumps(schema, separators=(",", ":")))
    mapping = json.loads((folder / "terraform-mapping.json").read_text())
    files.write(source / "mapping.json", json.dumps(mapping, separators=(",", ":")))


def directory(go: Path, module: str, source: Path, env: Mapping[str, str]) -> Path:
    """Where the module's sources are, downloaded if need be."""
    found = json.loads(
        process.output([go, "mod", "download", "-json", module], cwd=source, env=env, timeout=900)
    )
    return Path(found["Dir"])


def take(go: Path, way: FromModule, target: Path) -> None:
    """Copy one file out of a module's sources."""
    source = copied(way.module)
    shutil.copyfile(directory(go, way.source, source, environment(go)) / way.file, target)
    target.chmod(0o755)
