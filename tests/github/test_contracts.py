"""The contracts of the reference system, published by the steps of the workflow to a package registry that runs here, and installed from it.

The registry is a real one on loopback, which takes uploads only with the secret. The clone has a git history of its own.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import yaml
from wireplan.rim.scaffolding import workspace

from tests.github.job import Job

pytestmark = [
    pytest.mark.workspace,
    pytest.mark.filterwarnings("ignore:'cgi' is deprecated"),  # of the registry's own
]

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "contracts.yml"
ACTION = ROOT / ".github" / "actions" / "contracts"
FIRST = "tube-contracts-v1.0.0"
SECRET = "a-secret-of-the-settings"
NOT_COPIED = shutil.ignore_patterns(
    ".venv", "__pycache__", "node_modules", ".pytest_cache", ".ruff_cache", "state", ".wireplan-*"
)
SIZE = "  int64 size_bytes = 5 [(buf.validate.field).int64.gt = 0];"


@dataclass
class Registry:
    """A package registry: where it is, and what it holds."""

    folder: Path
    url: str
    uploads: list[str] = field(default_factory=list[str])  # who tried to upload

    @property
    def holds(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the one it replaces
        """Nothing."""


@pytest.fixture
def registry(tmp_path: Path) -> Generator[Registry]:
    import pypiserver

    (tmp_path / "packages").mkdir()
    found = Registry(tmp_path / "packages", "")

    def knows(name: str, password: str) -> bool:
        found.uploads.append(name)
        return (name, password) == ("__token__", SECRET)

    application: Any = pypiserver.app(
        roots=[found.folder], authenticate=["update"], auther=knows, disable_fallback=True
    )
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@dataclass
class Clone:
    """A repository with the reference system, and the workflow's job on a tag of it."""

    folder: Path
    temp: Path
    settings: dict[str, str]
    runs: int = 0

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        done = subprocess.run(
            ["git", *who, *words], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text()
        assert old in text
        (self.folder / file).write_text(text.replace(old, new))

    def version(self, old: str, new: str) -> None:
        self.edit("stacks/tube/topology.yaml", f"version: {old}", f"version: {new}")

    def scaffold(self) -> None:
        """As a person does after an edit."""
        words = [sys.executable, "-m", "wireplan", "scaffold", "stacks/tube"]
        subprocess.run(words, cwd=self.folder, check=True, capture_output=True)

    def tag(self, name: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", name)
        self.git("tag", "--force", name)

    def published(self, tag: str, **settings: str) -> Job:
        """The job that the workflow starts when this tag is pushed."""
        job = self.begun(tag, **settings)
        job.run()
        return job

    def begun(self, tag: str, **settings: str) -> Job:
        """The same, before its first step."""
        step = yaml.safe_load(WORKFLOW.read_text())["jobs"]["publish"]["steps"][-1]
        assert (ROOT / step["uses"]).resolve() == ACTION
        known = {**self.settings, **settings}
        given = {
            f"inputs.{name}": re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], text)
            for name, text in step["with"].items()
        }
        self.runs += 1
        temp = self.temp / f"run-{self.runs}"
        temp.mkdir()
        outside = {
            name: os.environ[name] for name in ("HOME", "WIREPLAN_HOME", "UV_PYTHON") if name in os.environ
        }
        return Job(self.folder, temp, {**given, "inputs.tag": tag}, action=ACTION, environment=outside)


def cloned(temp: Path, registry: Registry) -> Clone:
    """The reference system as it is, tagged as the first version."""
    folder = temp / "clone"
    shutil.copytree(ROOT / "protos", folder / "protos")
    shutil.copytree(ROOT / "stacks" / "tube", folder / "stacks" / "tube", ignore=NOT_COPIED)
    settings = {
        "vars.PACKAGE_REGISTRY": registry.url,
        "vars.PACKAGE_INDEX": f"{registry.url}simple/",
        "secrets.PACKAGE_REGISTRY_TOKEN": SECRET,
    }
    found = Clone(folder, temp, settings)
    found.git("init", "--quiet", "--initial-branch=main")
    found.tag(FIRST)
    return found


@pytest.fixture
def clone(tmp_path: Path, registry: Registry) -> Clone:
    """One to edit."""
    return cloned(tmp_path, registry)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The job of the first version as far as it needs no registry: before the step that publishes."""
    job = cloned(tmp_path_factory.mktemp("first"), Registry(Path(), "")).begun(FIRST)
    job.run(until="build")
    assert job.exits == {"install": 0, "build": 0}, job.said
    return job


@dataclass
class First:
    """Publishes the first version, which was built once for all."""

    built: Job
    temp: Path
    registry: Registry
    runs: int = 0

    def published(self, **inputs: str) -> Job:
        """A run of that job whose last step is given these."""
        self.runs += 1
        job = self.built.copied(self.temp / f"first-{self.runs}")
        job.expressions |= {
            "inputs.registry": self.registry.url, "inputs.index": f"{self.registry.url}simple/", "inputs.token": SECRET,
        }  # fmt: skip
        job.expressions |= {f"inputs.{name}": text for name, text in inputs.items()}
        job.run(since="publish")
        return job


@pytest.fixture
def first(built: Job, tmp_path: Path, registry: Registry) -> First:
    """What publishes the first version."""
    return First(built, tmp_path, registry)


def installed(folder: Path, registry: Registry, wanted: str) -> Path:
    """The Python of a new environment that has nothing but this package and what it depends on."""
    uv, index = workspace.uv(), f"{registry.url}simple/"
    for words in (["venv", folder], ["pip", "install", "--python", folder, "--index", index, wanted]):
        done = subprocess.run(
            [uv, *words], env=workspace.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return folder / "bin" / "python"


ASKED = """
import inspect
from importlib.metadata import version
from importlib.resources import files
from google.protobuf.descriptor_pb2 import FileDescriptorSet
import tube
from tube.catalog.v1 import catalog_pb2, catalog_pb2_grpc
whole = FileDescriptorSet.FromString(files(tube).joinpath("descriptors.binpb").read_bytes())
print(version("tube-contracts"), inspect.isclass(catalog_pb2_grpc.CatalogServiceStub), catalog_pb2.DESCRIPTOR.package)
print(*(name for name in ("py.typed", "catalog/v1/catalog.proto", "catalog/v1/catalog_pb2.pyi", "catalog/v1/catalog_pb2_grpc.pyi") if files(tube).joinpath(name).is_file()))
print(any(file.name == "tube/events/v1/events.proto" for file in whole.file))
"""


@pytest.mark.row("P7")
def test_a_tag_publishes_the_contracts_and_another_team_installs_them(
    first: First, registry: Registry, tmp_path: Path
) -> None:
    job = first.published()
    assert job.exits == {"install": 0, "build": 0, "publish": 0}, job.said
    assert registry.holds == ["tube_contracts-1.0.0-py3-none-any.whl"]
    python = installed(tmp_path / "elsewhere", registry, "tube-contracts==1.0.0")
    said = subprocess.run(
        [python, "-c", ASKED], capture_output=True, text=True, check=True, cwd=tmp_path
    ).stdout
    assert said.splitlines() == [
        "1.0.0 True tube.catalog.v1",
        "py.typed catalog/v1/catalog.proto catalog/v1/catalog_pb2.pyi catalog/v1/catalog_pb2_grpc.pyi",
        "True",
    ]


@pytest.mark.row("P7")
def test_a_version_is_published_once_and_never_with_other_content(
    clone: Clone, first: First, registry: Registry
) -> None:
    """Also where the registry cannot be read (without an index): then it is the one that refuses."""
    assert first.published(index="").exits["publish"] == 0
    (wheel,) = registry.folder.iterdir()
    content = wheel.read_bytes()
    assert first.published().exits["publish"] == 0, "the same again: a run that was cut short can be repeated"
    clone.edit("protos/tube/events/v1/events.proto", SIZE, f"{SIZE} // of the original")
    clone.scaffold()
    clone.tag(FIRST)
    job = clone.published(FIRST)
    assert (job.exits["build"], job.exits["publish"]) == (0, 2), job.said
    job.expressions["inputs.index"] = ""
    job.exits.clear()
    job.run(since="publish")
    assert job.exits == {"publish": 2}, job.said
    assert (registry.holds, wheel.read_bytes()) == ([wheel.name], content)


@pytest.mark.row("P7")
def test_a_change_that_breaks_stops_before_anything_is_published_unless_the_first_number_says_so(
    clone: Clone, registry: Registry
) -> None:
    clone.edit("protos/tube/events/v1/events.proto", SIZE, '  reserved 5;\n  reserved "size_bytes";')
    clone.version("1.0.0", "1.1.0")
    clone.scaffold()
    clone.tag("tube-contracts-v1.1.0")
    job = clone.published("tube-contracts-v1.1.0")
    assert job.exits == {"install": 0, "build": 1}
    assert "after 1.0.0: code that was generated before breaks, so 1.1.0 is not enough" in job.said["build"]
    assert "(FIELD_NO_DELETE)" in job.said["build"]
    assert "write `version: 2.0.0`" in job.said["build"]
    assert (registry.holds, registry.uploads) == ([], [])

    clone.version("1.1.0", "2.0.0")
    clone.scaffold()
    clone.tag("tube-contracts-v2.0.0")
    assert clone.published("tube-contracts-v2.0.0").exits["publish"] == 0
    assert registry.holds == ["tube_contracts-2.0.0-py3-none-any.whl"]


def test_code_that_was_not_generated_again_is_not_published(clone: Clone, registry: Registry) -> None:
    clone.edit("protos/tube/events/v1/events.proto", SIZE, f"{SIZE} // of the original")
    clone.version("1.0.0", "1.0.1")
    clone.tag("tube-contracts-v1.0.1")
    job = clone.published("tube-contracts-v1.0.1")
    assert job.exits == {"install": 0, "build": 2}
    assert "run wireplan scaffold" in job.said["build"]
    assert registry.uploads == []


def test_a_wrong_secret_publishes_nothing_and_is_not_told(first: First, registry: Registry) -> None:
    job = first.published(token="another-secret")
    assert job.exits["publish"] == 2
    assert (registry.holds, set(registry.uploads)) == ([], {"__token__"})
    assert "another-secret" not in "".join(job.said.values())


def test_without_a_registry_nothing_goes_to_the_public_index(first: First) -> None:
    job = first.published(registry="")
    assert job.exits["publish"] == 1
    assert "no package registry is named" in job.said["publish"]


def test_only_the_last_step_knows_the_secret_and_every_address_is_a_setting() -> None:
    steps = yaml.safe_load((ACTION / "action.yml").read_text())["runs"]["steps"]
    assert [step["id"] for step in steps if "inputs.token" in str(step)] == [steps[-1]["id"]]
    given = yaml.safe_load(WORKFLOW.read_text())["jobs"]["publish"]["steps"][-1]["with"]
    assert given["token"] == "${{ secrets.PACKAGE_REGISTRY_TOKEN }}"
    assert given["registry"] == "${{ vars.PACKAGE_REGISTRY }}"
