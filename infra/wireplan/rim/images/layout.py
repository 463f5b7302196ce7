"""An OCI image layout on disk: blobs named by their content, and one index that gives images their names.

Many processes may read and write one layout at the same time: blobs appear whole by a rename and never change,
the index is replaced under a lock. See the OCI image-spec, "Image Layout".
"""

import fcntl
import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
INDEX = "application/vnd.oci.image.index.v1+json"
NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"  # what `ctr images import` reads
STAMP = "local.wireplan.inputs"
EPOCH = "1970-01-01T00:00:00Z"  # an image's date would change its digest


@dataclass(frozen=True)
class Blob:
    """A piece of content in the layout."""

    digest: str
    size: int

    def described(self, media_type: str) -> dict[str, Any]:
        """Its OCI descriptor."""
        return {"mediaType": media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True)
class Config:
    """How a container of an image starts; see the image-spec's `config` object."""

    entrypoint: Sequence[str] = ()
    cmd: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    user: str = "0"
    folder: str = "/"
    labels: Mapping[str, str] = field(default_factory=dict[str, str])

    def document(self) -> dict[str, Any]:
        """The config as the image-spec spells it."""
        return {
            "User": self.user,
            "Env": [f"{name}={value}" for name, value in self.env.items()],
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.cmd),
            "WorkingDir": self.folder,
            "Labels": dict(self.labels),
        }


@dataclass(frozen=True)
class Held:
    """A named image in the index."""

    name: str
    digest: str
    size: int
    stamp: str = ""

    @property
    def reference(self) -> str:
        """Name and digest, as pods are given it."""
        return f"{self.name}@{self.digest}"

    def described(self) -> dict[str, Any]:
        """Its descriptor in the index."""
        names = {NAME: self.name, CONTAINERD_NAME: self.name, STAMP: self.stamp}
        return {
            "mediaType": MANIFEST,
            "digest": self.digest,
            "size": self.size,
            "platform": {"architecture": architecture(), "os": "linux"},
            "annotations": {key: value for key, value in names.items() if value},
        }


class Hashing:
    """A file that knows the SHA-256 and the size of what was written to it."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes, /) -> int:
        """Write and count."""
        self.hash.update(data)
        self.size += len(data)
        return self.out.write(data)

    def blob(self) -> Blob:
        """What was written so far."""
        return Blob(f"sha256:{self.hash.hexdigest()}", self.size)


class Layout:
    """The layout under `root`; made when it is not there."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Where the blob with `digest` lies, whether or not it is there."""
        return self.root / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def prepare(self) -> None:
        """Make the folders and the marker file of an OCI layout."""
        (self.root / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        (self.root / "tmp").mkdir(exist_ok=True)
        marker = self.root / "oci-layout"
        if not marker.exists():
            self.replace(marker, b'{"imageLayoutVersion":"1.0.0"}')

    @contextmanager
    def writing(self) -> Generator[Hashing, None, None]:
        """Write a blob of any size; after the block it is there under its digest, or on an error not at all."""
        self.prepare()
        handle, name = tempfile.mkstemp(dir=self.root / "tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb", buffering=1 << 20) as out:
                hashing = Hashing(out)
                yield hashing
                out.flush()
                os.fsync(out.fileno())  # a name must never stand for half a blob after a power cut
            temporary.chmod(0o644)
            temporary.replace(self.path(hashing.blob().digest))
        finally:
            temporary.unlink(missing_ok=True)

    def put(self, data: bytes) -> Blob:
        """A small blob; nothing is written when it is there already."""
        blob = Blob(f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
        if not self.used(blob.digest):
            with self.writing() as out:
                out.write(data)
        return blob

    def used(self, digest: str) -> bool:
        """Whether the blob is there; from now on it is as old as this use, since sweeping goes by age."""
        path = self.path(digest)
        with suppress(FileNotFoundError, PermissionError):  # of another user: read all the same
            os.utime(path)
        return path.is_file()

    def read(self, digest: str) -> dict[str, Any]:
        """A JSON blob: a manifest or a config."""
        return json.loads(self.path(digest).read_bytes())

    def image(self, name: str, layers: Sequence[Blob], config: Config, stamp: str = "") -> Held:
        """Compose an image and give it its name."""
        manifest = self.compose(layers, config)
        held = Held(name, manifest.digest, manifest.size, stamp)
        self.tag(held)
        return held

    def compose(self, layers: Sequence[Blob], config: Config) -> Blob:
        """Write config and manifest of an image over `layers` (the lowest first); return the manifest."""
        document = {
            "architecture": architecture(),
            "os": "linux",
            "created": EPOCH,
            "config": config.document(),
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
        }
        written = self.put(canonical(document))
        return self.put(
            canonical(image_manifest(written.described(CONFIG), [layer.described(LAYER) for layer in layers]))
        )

    def tag(self, *images: Held) -> None:
        """Let each name stand for its image from now on; an older image of that name loses it."""
        wanted = {held.name: held for held in images}
        with self.locked("index"):
            table = self.names()
            if {**table, **wanted} != table:
                self.store({**table, **wanted})

    def untag(self, names: Sequence[str]) -> None:
        """Take names out of the index; their blobs stay until `sweep`."""
        with self.locked("index"):
            self.store({name: held for name, held in self.names().items() if name not in names})

    def names(self) -> dict[str, Held]:
        """Every named image, as the index says now."""
        try:
            index = json.loads((self.root / "index.json").read_bytes())
        except FileNotFoundError:
            return {}
        return {held.name: held for held in map(held_from, index["manifests"])}

    def find(self, name: str, stamp: str = "") -> Held | None:
        """The whole image called `name`, made from the inputs that `stamp` stands for, or None."""
        held = self.names().get(name)
        if held is None or (stamp and held.stamp != stamp) or not self.whole(held.digest):
            return None
        return held

    def whole(self, digest: str) -> bool:
        """Whether the image's manifest and all that it names are there."""
        return self.path(digest).is_file() and all(self.path(part).is_file() for part in self.parts(digest))

    def parts(self, digest: str) -> list[str]:
        """The digests of an image's config and layers."""
        return parts(self.read(digest))

    def layers(self, digest: str) -> list[Blob]:
        """An image's layers, the lowest first."""
        return [Blob(layer["digest"], layer["size"]) for layer in self.read(digest)["layers"]]

    @contextmanager
    def locked(self, what: str) -> Generator[None, None, None]:
        """Hold the lock called `what` against every other process and thread that uses this layout."""
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / what).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def note(self, stamp: str, blob: Blob) -> None:
        """Remember that `blob` is what the inputs behind `stamp` make."""
        self.prepare()
        (self.root / "stamps").mkdir(exist_ok=True)
        self.replace(self.root / "stamps" / stamp, f"{blob.digest} {blob.size}".encode())

    def noted(self, stamp: str) -> Blob | None:
        """The blob that the inputs behind `stamp` made, if it is still there."""
        note = self.root / "stamps" / stamp
        if not note.is_file():
            return None
        digest, size = note.read_text().split()
        return Blob(digest, int(size)) if self.used(digest) else None

    def forget(self, stamp: str) -> None:
        """Do not remember any more what was made from the inputs behind `stamp`."""
        (self.root / "stamps" / stamp).unlink(missing_ok=True)

    def store(self, table: Mapping[str, Held]) -> None:
        """Replace the index; called under its lock."""
        self.prepare()
        manifests = [table[name].described() for name in sorted(table)]
        self.replace(
            self.root / "index.json",
            canonical({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}),
        )

    def replace(self, path: Path, data: bytes) -> None:
        """Write a small file by a rename. Not rim.files: the registry imports this module and must start fast."""
        handle, name = tempfile.mkstemp(dir=self.root / "tmp")
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)


def image_manifest(config: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A manifest over descriptors."""
    return {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}


def parts(manifest: Mapping[str, Any]) -> list[str]:
    """The digests that a manifest names: the config's, then the layers'."""
    return [manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]


def held_from(descriptor: Mapping[str, Any]) -> Held:
    """An entry of the index."""
    notes = descriptor.get("annotations", {})
    return Held(notes.get(NAME, ""), descriptor["digest"], descriptor["size"], notes.get(STAMP, ""))


def canonical(document: object) -> bytes:
    """JSON in one fixed spelling, since the spelling is part of the digest."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def architecture() -> str:
    """This machine's architecture in Go's words, which images use."""
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
