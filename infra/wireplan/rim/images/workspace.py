"""The images of a system's own services, from its uv workspace: base, locked packages, and on top the code.

All services share base and platform packages, so after the first image another one is a layer of a few hundred kilobytes.
"""

import io
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wireplan.rim.images import build, dependencies, recipes
from wireplan.rim.images.dependencies import Dependencies
from wireplan.rim.images.layers import pack, tree
from wireplan.rim.images.layout import Blob, Config, Held, Layout
from wireplan.rim.trouble import Trouble

REQUIRED = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Member:
    """A package of the workspace."""

    package: str
    folder: Path
    needs: tuple[str, ...]


Groups = Mapping[str, Sequence[str]]
"""By service, the workspace's dependency groups that it needs beside its own: what only some environments turn on."""

NO_GROUPS: Groups = MappingProxyType({})


def build_services(
    layout: Layout, workspace: Path, system: str, services: Iterable[str], groups: Groups = NO_GROUPS
) -> dict[str, str]:
    """Have an image for each of `services`; service to `name:tag@digest`. Unchanged sources give the same digest.

    Raises:
        Trouble: the workspace or a service in it is missing, or its packages could not be had.
    """
    table = members(workspace)
    base = layout.layers(build.image(layout, recipes.PYTHON).digest)
    images = {
        service: one(layout, workspace, f"{system}/{service}", base, table, groups.get(service, ()))
        for service in services
    }
    layout.tag(*images.values())
    return {service: held.reference for service, held in images.items()}


def one(
    layout: Layout,
    workspace: Path,
    name: str,
    base: Sequence[Blob],
    table: Mapping[str, Member],
    groups: Sequence[str],
) -> Held:
    """The image of one service, `system/service`, not yet named in the index."""
    system, _, service = name.partition("/")
    package, platform = f"{system}-{service}", f"{system}-platform"
    found = closure(table, package)
    has_platform = platform in {one.package for one in found}
    shared = dependencies.exported(layout, workspace, platform) if has_platform else ""
    own = dependencies.exported(layout, workspace, package) + grouped(layout, workspace, groups)
    # The platform's packages are a layer of their own, which all services share; beside it stands what this one has beyond them.
    beyond = dependencies.without(own, shared)
    packages = third_party(layout, base[-1], {platform: ("app/deps", shared), package: ("app/extra", beyond)})
    config = Config(
        entrypoint=["python3", "-m", package.replace("-", "_")],
        cmd=["serve"],
        env=dependencies.ENVIRONMENT,
        user="10001",
        folder="/app",
        labels={"org.opencontainers.image.title": service},
    )
    return build.by_content(
        f"{build.HOST}/{name}", layout.compose([*base, *packages, code(layout, found)], config)
    )


def grouped(layout: Layout, workspace: Path, groups: Sequence[str]) -> str:
    """The packages of dependency groups.

    Raises:
        Trouble: the workspace was made before there was such a group.
    """
    known = read(workspace).get("dependency-groups", {})
    for group in groups:
        if group not in known:
            raise Trouble(
                f"{workspace} has no packages for {group}, which the topology turns on",
                fix="run `wireplan scaffold`",
            )
    return "".join(dependencies.grouped(layout, workspace, group) for group in groups)


def third_party(layout: Layout, base: Blob, wanted: Mapping[str, tuple[str, str]]) -> list[Blob]:
    """The layers of locked packages; `wanted`: by whose they are, the folder that they go to and the requirements."""
    python = layout.path(base.digest)
    return [
        build.layer(layout, Dependencies(text, folder, python), f"packages of {whose}")
        for whose, (folder, text) in wanted.items()
        if text
    ]


def code(layout: Layout, found: Sequence[Member]) -> Blob:
    """The layer of sources of a service and of the members it needs."""
    out = io.BytesIO()
    pack((entry for member in found for entry in tree(member.folder / "src", "app/src")), out)
    return layout.put(out.getvalue())


def members(workspace: Path) -> dict[str, Member]:
    """The packages of the workspace by name.

    Raises:
        Trouble: there is no workspace, or it is not locked.
    """
    for file in ("pyproject.toml", "uv.lock"):
        if not (workspace / file).is_file():
            raise Trouble(
                f"{workspace / file} is not there, so no service image can be made",
                fix="run `wireplan scaffold`, or name the workspace with --workspace",
            )
    patterns: list[str] = read(workspace)["tool"]["uv"]["workspace"]["members"]
    folders = sorted({folder for pattern in patterns for folder in workspace.glob(pattern)})
    return {one.package: one for one in map(member, folders)}


def member(folder: Path) -> Member:
    """One package of the workspace."""
    project: Any = read(folder)["project"]
    # A requirement begins with a name; what follows it (versions, extras, markers) does not matter for our own packages.
    needs = (REQUIRED.match(requirement) for requirement in project.get("dependencies", []))
    return Member(project["name"], folder, tuple(one[0] for one in needs if one))


def read(folder: Path) -> Any:
    """A folder's pyproject.toml; uv has checked its shape when it wrote the lock."""
    return tomllib.loads((folder / "pyproject.toml").read_text())


def closure(table: Mapping[str, Member], package: str) -> list[Member]:
    """A package and all members that it needs, in name order.

    Raises:
        Trouble: the workspace has no such package, or a member has no sources.
    """
    seen: dict[str, Member] = {}
    waiting = [package]
    while waiting:
        name = waiting.pop()
        if name in seen or (name != package and name not in table):
            continue
        if name not in table or not (table[name].folder / "src").is_dir():
            raise Trouble(
                f"the workspace holds no package {name} with a src folder", fix="run `wireplan scaffold`"
            )
        seen[name] = table[name]
        waiting.extend(table[name].needs)
    return [seen[name] for name in sorted(seen)]


def names(workspace: Path, system: str) -> list[str]:
    """The services of the workspace: the members that no other member needs (contracts and platform are needed)."""
    table = members(workspace)
    needed = {name for one in table.values() for name in one.needs}
    prefix = f"{system}-"
    return sorted(
        name.removeprefix(prefix) for name in table if name not in needed and name.startswith(prefix)
    )
