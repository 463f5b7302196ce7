"""A service's image is base, locked packages and code; only what changed is made anew."""

import tarfile
from pathlib import Path

import pytest
from wireplan.rim.images import dependencies, recipes
from wireplan.rim.images.build import Recipe
from wireplan.rim.images.dependencies import Dependencies
from wireplan.rim.images.layers import Entry, Sink, pack
from wireplan.rim.images.layout import Config, Layout
from wireplan.rim.images.parts import Files
from wireplan.rim.images.workspace import build_services
from wireplan.rim.trouble import Trouble

GRPC = "grpcio==1.85.3 \\\n    --hash=sha256:aa\n"
FASTAPI = "fastapi==0.165.0 \\\n    --hash=sha256:bb\n"
GRAPHQL = "graphql-core==3.3.2 \\\n    --hash=sha256:cc\n"
EXPORTS = {"tube-platform": GRPC, "tube-upload": GRPC, "tube-gateway": FASTAPI + GRPC}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Contracts, platform, and two services, one of which needs a package more."""
    root = tmp_path / "services"
    members = {
        "contracts": [],
        "platform": ["tube-contracts", "grpcio>=1"],
        "upload": ["tube-platform"],
        "gateway": ["tube-platform>=0", "fastapi"],
    }
    (root / "protos").mkdir(parents=True)
    (root / "pyproject.toml").write_text(f"[tool.uv.workspace]\nmembers = {list(members)}\n")
    (root / "uv.lock").write_text("version = 1\n")
    for name, needs in members.items():
        package = root / name / "src" / ("tube" if name == "contracts" else f"tube_{name}")
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(f'"""{name}"""\n')
        (root / name / "pyproject.toml").write_text(
            f'[project]\nname = "tube-{name}"\ndependencies = {needs}\n'
        )
        (root / name / "tests").mkdir()
        (root / name / "tests" / "test_it.py").write_text("")
    return root


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No network: a base of one file, exports as uv would write them, and packages that are only counted."""
    done: list[str] = []

    def write(part: Dependencies, out: Sink) -> None:
        done.append(part.requirements)
        pack([Entry(f"{part.folder}/installed", part.requirements.encode())], out)

    base = Recipe(
        "python", "wireplan.local/base/python:test", [Files((Entry("usr/bin/python3", b"base"),))], Config()
    )
    monkeypatch.setattr(recipes, "PYTHON", base)
    monkeypatch.setattr(dependencies, "exported", lambda _layout, _workspace, package: EXPORTS[package])
    monkeypatch.setattr(
        dependencies, "grouped", lambda _layout, _workspace, group: {"graphql": GRAPHQL}[group]
    )
    monkeypatch.setattr(Dependencies, "write", write)
    return done


def layers_of(layout: Layout, reference: str) -> list[str]:
    return [layer.digest for layer in layout.layers(reference.partition("@")[2])]


def files_of(layout: Layout, digest: str) -> set[str]:
    with tarfile.open(layout.path(digest)) as archive:
        return {info.name for info in archive if info.isfile()}


def test_a_reference_names_the_image_by_tag_and_digest(layout: Layout, workspace: Path) -> None:
    """The tag is the beginning of the digest, and the registry finds both."""
    reference = build_services(layout, workspace, "tube", ["upload"])["upload"]
    name, _, digest = reference.partition("@")
    assert name == f"wireplan.local/tube/upload:{digest.removeprefix('sha256:')[:12]}"
    held = layout.find(name)
    assert held is not None
    assert held.digest == digest


def test_unchanged_sources_give_the_same_image_and_no_work(
    layout: Layout, workspace: Path, installed: list[str]
) -> None:
    """Only then `up` can say that nothing changed."""
    first = build_services(layout, workspace, "tube", ["upload", "gateway"])
    blobs = sorted((layout.root / "blobs" / "sha256").iterdir())
    done = list(installed)
    assert build_services(layout, workspace, "tube", ["upload", "gateway"]) == first
    assert sorted((layout.root / "blobs" / "sha256").iterdir()) == blobs
    assert installed == done


def test_a_changed_handler_changes_its_own_image_and_only_its_code_layer(
    layout: Layout, workspace: Path
) -> None:
    """The nodes pull some kilobytes."""
    before = build_services(layout, workspace, "tube", ["upload", "gateway"])
    (workspace / "upload" / "src" / "tube_upload" / "handlers.py").write_text("x = 1\n")
    after = build_services(layout, workspace, "tube", ["upload", "gateway"])
    assert after["gateway"] == before["gateway"]
    assert after["upload"] != before["upload"]
    assert layers_of(layout, after["upload"])[:-1] == layers_of(layout, before["upload"])[:-1]


def test_platform_packages_are_one_layer_of_all_services_and_extras_another(
    layout: Layout, workspace: Path, installed: list[str]
) -> None:
    """So that the second service costs little."""
    images = build_services(layout, workspace, "tube", ["upload", "gateway"])
    upload, gateway = (layers_of(layout, images[name]) for name in ("upload", "gateway"))
    assert (len(upload), len(gateway)) == (3, 4)
    assert upload[:2] == gateway[:2]
    assert sorted(installed) == sorted([GRPC, FASTAPI])


def test_what_an_environment_turns_on_is_in_its_image_only(
    layout: Layout, workspace: Path, installed: list[str]
) -> None:
    """The same workspace gives both images: with the packages of a dependency group, and without."""
    (workspace / "pyproject.toml").open("a").write('[dependency-groups]\ngraphql = ["graphql-core"]\n')
    plain = build_services(layout, workspace, "tube", ["upload", "gateway"])
    assert not any("graphql" in each for each in installed)
    more = build_services(layout, workspace, "tube", ["upload", "gateway"], {"gateway": ["graphql"]})
    assert installed[-1] == FASTAPI + GRAPHQL
    assert more["upload"] == plain["upload"]
    assert more["gateway"] != plain["gateway"]
    assert build_services(layout, workspace, "tube", ["upload", "gateway"]) == plain


def test_a_workspace_older_than_what_is_turned_on_is_told(layout: Layout, workspace: Path) -> None:
    """Else the image would lack it, and its pods would not start."""
    with pytest.raises(Trouble, match="no packages for graphql") as trouble:
        build_services(layout, workspace, "tube", ["gateway"], {"gateway": ["graphql"]})
    assert "scaffold" in trouble.value.fix


def test_the_code_layer_holds_the_service_and_what_it_needs_of_the_workspace(
    layout: Layout, workspace: Path
) -> None:
    """Neither another service nor tests."""
    images = build_services(layout, workspace, "tube", ["upload"])
    assert files_of(layout, layers_of(layout, images["upload"])[-1]) == {
        "app/src/tube/__init__.py",
        "app/src/tube_platform/__init__.py",
        "app/src/tube_upload/__init__.py",
    }


def test_a_service_runs_as_its_module_without_root(layout: Layout, workspace: Path) -> None:
    """`serve` is what it does unless the pod says `migrate`."""
    reference = build_services(layout, workspace, "tube", ["upload"])["upload"]
    config = layout.read(layout.read(reference.partition("@")[2])["config"]["digest"])["config"]
    assert config["Entrypoint"] == ["python3", "-m", "tube_upload"]
    assert config["Cmd"] == ["serve"]
    assert config["User"] == "10001"
    assert "PYTHONPATH=/app/deps:/app/extra:/app/src" in config["Env"]


def test_a_service_that_the_workspace_lacks_is_told(layout: Layout, workspace: Path) -> None:
    """With what to do."""
    with pytest.raises(Trouble, match="no package tube-billing") as trouble:
        build_services(layout, workspace, "tube", ["billing"])
    assert "scaffold" in trouble.value.fix


def test_a_workspace_that_is_not_there_or_not_locked_is_told(layout: Layout, workspace: Path) -> None:
    """An unlocked workspace would give another image tomorrow."""
    (workspace / "uv.lock").unlink()
    with pytest.raises(Trouble, match=r"uv\.lock"):
        build_services(layout, workspace, "tube", ["upload"])


def test_requirements_are_taken_apart_with_their_hashes() -> None:
    """What the shared layer holds is not installed twice."""
    assert dependencies.split(FASTAPI + GRPC) == [FASTAPI, GRPC]
    assert dependencies.without(FASTAPI + GRPC, GRPC) == FASTAPI
    assert dependencies.without(GRPC, GRPC) == ""
