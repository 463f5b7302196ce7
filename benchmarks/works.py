"""The works that are measured: each fills rows of a table, by name and number of services."""

import asyncio
import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import chart
import systems
from measure import Cost, FailedError, cost
from processes import MissingError

ROOT = Path(__file__).resolve().parent.parent
TUBE = ROOT / "stacks/tube"
FLOORS = Path(__file__).with_name("floors.py")
SIZES = (10, 100, 1000)
FAR = 5000
COPIED = 100  # services; more would take Copier minutes
COPIER = "copier==9.19.1"
ONE = 1  # the column of works that have no size
PYTHON = sys.executable
WIREPLAN = (PYTHON, "-m", "wireplan")

Table = dict[str, dict[int, Cost]]


@dataclass
class Bench:
    """One run: where it may write, how often it measures, what it found."""

    folder: Path
    runs: int
    table: Table = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def row(
        self, name: str, size: int, command: list[str | Path], *, runs: int = 0, empty: Path | None = None
    ) -> None:
        """Measure one cell, each time without the folder `empty`; what cannot be measured becomes a note, never a number."""

        def before() -> None:
            if empty:
                shutil.rmtree(empty, ignore_errors=True)

        try:
            found = cost(command, runs=runs or self.runs, before=before)
        except FailedError as error:
            self.notes.append(f"{name}, {size}: not measured: {error}")
            return
        self.table.setdefault(name, {})[size] = found
        sys.stderr.write(f"{name:28} {size:5}  {found.cpu:8.3f} s CPU  {found.memory:6.0f} MiB\n")


def validate(bench: Bench) -> None:
    """Checking, beside reading the file and beside reading and shaping it."""
    bench.row("bare python", ONE, [PYTHON, "-c", "pass"])
    for size in (*SIZES, FAR):
        file = systems.write(bench.folder, size)
        subprocess.run(
            [*WIREPLAN, "validate", file], capture_output=True, check=False
        )  # compiles the protos, once
        bench.row("floor: CSafeLoader", size, [PYTHON, FLOORS, "parse", file])
        bench.row("floor: parse + pydantic", size, [PYTHON, FLOORS, "model", file])
        bench.row("validate", size, [*WIREPLAN, "validate", file])


def render(bench: Bench) -> None:
    """Manifests as YAML, beside the plainest way to build and print as many objects."""
    for size in (*SIZES, FAR):
        file = systems.write(bench.folder, size)
        bench.row("floor: dicts + own writer", size, [PYTHON, FLOORS, "dicts", str(size)])
        if helm := program_at("helm"):
            made = chart.write(bench.folder / f"n{size}/chart", size)
            bench.row("helm template", size, [helm, "template", "bench", made])
        bench.row("render", size, [*WIREPLAN, "render", file, "--out", bench.folder / f"n{size}/manifests"])


def scaffold(bench: Bench) -> None:
    """Skeletons, beside Jinja rendering and writing the same files. Each run begins without a workspace."""
    for size in (*SIZES, FAR):
        file = systems.write(bench.folder, size)
        runs = bench.runs if size <= SIZES[-1] else 1
        plain, services = bench.folder / f"n{size}/jinja", bench.folder / f"n{size}/services"
        job = bench.folder / f"n{size}/job.json"
        subprocess.run([PYTHON, FLOORS.with_name("same_files.py"), file, job], check=True)
        bench.row(
            "floor: jinja2, the same files",
            size,
            [PYTHON, FLOORS, "jinja", job, plain],
            runs=runs,
            empty=plain,
        )
        words: list[str | Path] = [*WIREPLAN, "scaffold", file, "--no-tools"]
        bench.row("scaffold", size, words, runs=runs, empty=services)
        bench.row("scaffold, unchanged", size, words, runs=runs)
        if size == COPIED:
            _copier(bench, job, size)


def _copier(bench: Bench, job: Path, size: int) -> None:
    """Copier is no dependency of ours: uv gives it an environment of its own, where there is an index."""
    uv, target = program_at("uv"), bench.folder / "copied"
    if uv is None:
        bench.notes.append("copier: uv is not on this machine")
        return
    alone = [uv, "run", "--quiet", "--no-project", "--python", PYTHON, "--with", COPIER]
    bench.row(
        "copier, the same files",
        size,
        [*alone, "python", FLOORS, "copier", job, target],
        runs=1,
        empty=target,
    )


def help_(bench: Bench) -> None:
    """The command line's first answer, beside importing typer; and what importing each package costs."""
    bench.row("floor: import typer", ONE, [PYTHON, "-c", "import typer"], runs=bench.runs * 3)
    bench.row("--help", ONE, [*WIREPLAN, "--help"], runs=bench.runs * 3)
    for package in ("pydantic", "jinja2", "yaml", "pulumi", "kubernetes"):
        if importlib.util.find_spec(package):
            bench.row(f"import {package}", ONE, [PYTHON, "-c", f"import {package}"])


def parts(bench: Bench) -> None:
    """Where a check of many services goes: one process, the quickest of several rounds; no memory of its own."""
    size = SIZES[-1]
    file = systems.write(bench.folder, size)
    done = subprocess.run(
        [PYTHON, FLOORS.with_name("parts.py"), file], capture_output=True, text=True, check=True
    )
    for name, seconds in json.loads(done.stdout).items():
        bench.table.setdefault(name, {})[size] = Cost(seconds, 0, seconds)


def editor(bench: Bench) -> None:
    """One edit of a large file in an editor: from the key to the findings, by a client of the language server."""
    import editor as client

    size = SIZES[-1]
    for name, took in asyncio.run(client.measure(size, client.EDITS)):
        cpu, wall = (statistics.median(getattr(each, field) for each in took) for field in ("cpu", "wall"))
        bench.table.setdefault(f"editor, {size} services: {name}", {})[ONE] = Cost(cpu, 0, wall)


def up(bench: Bench) -> None:
    """On a running cluster: `up` when nothing changed, and from an edited handler to its ready pods. Seconds on the clock count."""
    words: list[str | Path] = [*WIREPLAN, "up", TUBE, "--stack", "local"]
    handlers = TUBE / "services/catalog/src/tube_catalog/handlers.py"
    bench.row("up, first of the run", ONE, words, runs=1)
    bench.row("up, unchanged", ONE, words)
    text = handlers.read_text()
    try:
        handlers.write_text(f"{text}\n# changed at {time.time()}\n")
        bench.row("up, one handler changed", ONE, words, runs=1)
    finally:
        handlers.write_text(text)
    bench.row("up, the handler as it was", ONE, words, runs=1)


def load(bench: Bench) -> None:
    """tube's gateway beside the same one without the platform package, under load in turns."""
    import load as gateways

    rounds = gateways.ROUNDS * bench.runs
    try:
        found = gateways.measure(rounds)
    except (MissingError, RuntimeError) as error:
        bench.notes.append(f"gateway under load: not measured: {error}")
        return
    for path, by in found.items():
        for name, took in by.items():
            bench.table[f"gateway, {path}: {name}"] = {ONE: took.cost()}


def services(bench: Bench) -> None:
    """tube's services, each from its start to the moment it is ready."""
    import starts

    try:
        found = starts.measure(bench.runs)
    except (MissingError, RuntimeError) as error:
        bench.notes.append(f"start of the services: not measured: {error}")
        return
    for name, took in found.items():
        bench.table[f"start: {name}"] = {ONE: took}


def tools(bench: Bench) -> None:
    """Other programs on the same manifests, where they are at hand. kubeconform gets the running API server's own schemas."""
    found = _schemas(bench)
    others: Mapping[str, list[str | Path] | None] = {
        "kubeconform": ["-schema-location", found] if found else None,
        "kube-score": ["score", "--exit-one-on-warning=false"],
        "kube-linter": ["lint"],
    }
    for name, words in others.items():
        program = program_at(name)
        if program is None:
            bench.notes.append(f"{name}: it is not on this machine")
        elif words is None:
            bench.notes.append(f"{name}: no cluster is up to take schemas from")
        else:
            for size in SIZES:
                manifests = bench.folder / f"n{size}/manifests"
                if manifests.exists():
                    bench.row(name, size, [program, *words, manifests])
    _buf(bench)


def _buf(bench: Bench) -> None:
    """buf lint on one file a service."""
    program = program_at("buf")
    if program is None:
        bench.notes.append("buf: it is not on this machine")
        return
    for size in SIZES:
        folder = bench.folder / f"n{size}/contracts"
        folder.mkdir(parents=True)
        (folder / "buf.yaml").write_text("version: v2\n")
        for number in range(size):
            (folder / f"bench/s{number}/v1").mkdir(parents=True)
            (folder / f"bench/s{number}/v1/s{number}.proto").write_text(PROTO.format(number=number))
        bench.row("buf lint, a file a service", size, [program, "lint", folder])


def _schemas(bench: Bench) -> str:
    """Where kubeconform finds the schemas of the embedded cluster's API server; empty where none is up."""
    sys.path.insert(0, str(ROOT))
    from wireplan.rim.cluster.layout import Layout

    from tests.cluster.program import schemas

    kubectl, kubeconfig = program_at("kubectl"), Layout("local").kubeconfig
    if kubectl is None or not kubeconfig.exists():
        return ""

    def get(path: str) -> Any:
        words = [kubectl, "--kubeconfig", kubeconfig, "--request-timeout", "10s", "get", "--raw", path]
        done = subprocess.run(words, capture_output=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    if get("/version") is None:
        return ""
    (bench.folder / "schemas").mkdir()
    return schemas.write(SimpleNamespace(get=get), VERSIONS, bench.folder / "schemas")


PROTO = """syntax = "proto3";
package bench.s{number}.v1;
// A service.
service S{number}Service {{
  rpc Get(GetRequest) returns (GetResponse);
}}
message GetRequest {{
  string id = 1;
}}
message GetResponse {{
  string text = 1;
}}
"""
VERSIONS = ("v1", "apps/v1", "autoscaling/v2", "batch/v1", "networking.k8s.io/v1", "policy/v1")


def program_at(name: str) -> str | None:
    """A program: on PATH, in the tools folder, or among those that Wireplan installed."""
    from wireplan.rim import home

    installed = sorted((home.cache() / "tools" / name).glob(f"*/{name}"))
    beside = Path(PYTHON).with_name(name)
    return (
        shutil.which(name)
        or (str(beside) if beside.exists() else None)
        or (str(installed[-1]) if installed else None)
    )


ALL: Mapping[str, Callable[[Bench], None]] = {
    "validate": validate,
    "render": render,
    "scaffold": scaffold,
    "help": help_,
    "parts": parts,
    "editor": editor,
    "load": load,
    "services": services,
    "tools": tools,
    "up": up,
}
USUAL = tuple(name for name in ALL if name != "up")  # what needs no cluster
