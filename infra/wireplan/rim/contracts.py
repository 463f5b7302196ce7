"""The protos of a system: compiled once for each content, then read from the cache."""

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wireplan.findings import Finding, Place
from wireplan.load import codes
from wireplan.rim import home
from wireplan.rim.trouble import Trouble
from wireplan.topology.contracts import VERSION, Schema, from_json, parsed, to_json

ERROR = re.compile(r"(?m)^(?P<file>[^\s:][^:\n]*\.proto)(?::(?P<line>\d+):(?P<column>\d+))?: (?P<what>.+)$")


@dataclass(frozen=True, slots=True)
class Compiled:
    """The schema of a folder of protos, or what is wrong with it."""

    schema: Schema
    findings: tuple[Finding, ...] = ()
    empty: bool = False


def compiled(folder: Path, shown: str) -> Compiled:
    """The contracts in `folder`; `shown` is how findings call it."""
    sources = texts(folder)
    if not sources:
        return Compiled(Schema(), empty=True)
    cached = home.cache() / "contracts" / f"{digest(sources)}.json"
    try:
        return Compiled(from_json(cached.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError):
        pass
    try:
        schema = parsed(descriptors(folder, sources))
    except Trouble as trouble:
        found = faults(trouble.why, shown)
        if not found:
            raise
        return Compiled(Schema(), found)
    from wireplan.rim import files

    with suppress(OSError):  # a cache that cannot be written costs time, not truth
        files.write(cached, to_json(schema))
    return Compiled(schema)


def texts(folder: Path) -> dict[str, bytes]:
    """Every .proto file under `folder`, by its path in it."""
    if not folder.is_dir():
        return {}
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*.proto"))
        if p.is_file()
    }


def digest(sources: Mapping[str, bytes]) -> str:
    """A name for exactly these sources and this form of the schema."""
    whole = hashlib.sha256(f"{VERSION}".encode())
    for name, text in sources.items():
        whole.update(f"\0{name}\0{len(text)}\0".encode() + text)
    return whole.hexdigest()[:32]


def descriptors(folder: Path, sources: Mapping[str, bytes], *, imports: bool = False) -> bytes:
    """The serialized FileDescriptorSet of all sources; with `imports` also of what they import, each file behind those that it needs.

    Raises:
        Trouble: protoc refused them; its words are in `why`.
    """
    import sys
    import tempfile

    import grpc_tools  # pyright: ignore[reportMissingTypeStubs]

    from wireplan.rim import process

    known = Path(str(grpc_tools.__file__)).parent / "_proto"
    with tempfile.TemporaryDirectory(prefix="wireplan-protos-") as scratch:
        out = Path(scratch) / "set.bin"
        command = [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"-I{folder}",
            f"-I{known}",
            f"--descriptor_set_out={out}",
            *(["--include_imports"] if imports else []),
        ]
        process.output([*command, *sources], cwd=folder)
        return out.read_bytes()


def faults(text: str, shown: str) -> tuple[Finding, ...]:
    """protoc's complaints as findings."""
    found: list[Finding] = []
    for match in ERROR.finditer(text):
        place = Place(f"{shown}/{match['file']}", int(match["line"] or 1), int(match["column"] or 1))
        found.append(codes.PROTOS.at(place, match["what"]))
    return tuple(found)
