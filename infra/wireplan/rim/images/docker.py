"""Hand images to a Docker engine, or to what reads its archives (kind, k3d): one tar archive with many images."""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import IO

from wireplan.rim.images.layout import Held, Layout
from wireplan.rim.process import ended, found
from wireplan.rim.trouble import Trouble


def archive(layout: Layout, images: Sequence[Held], out: IO[bytes]) -> None:
    """Write a Docker archive; a blob that several images share is in it once.

    Docker's own form, not OCI's: every version of `docker load` and of its kin reads it.
    """
    table = [
        {
            "Config": inside(parts[0]),
            "RepoTags": [held.name],
            "Layers": [inside(layer) for layer in parts[1:]],
        }
        for held, parts in ((held, layout.parts(held.digest)) for held in images)
    ]
    digests = dict.fromkeys(digest for held in images for digest in layout.parts(held.digest))
    with tarfile.open(fileobj=out, mode="w|") as tar:
        for digest in digests:
            tar.add(layout.path(digest), inside(digest), filter=anonymous)
        listing = json.dumps(table).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(listing)
        tar.addfile(info, BytesIO(listing))


def inside(digest: str) -> str:
    """A blob's place in the archive."""
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"


def anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """The archive says nothing about who made it, and when."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = 0
    return info


def load(layout: Layout, images: Sequence[Held]) -> None:
    """Load images into the Docker engine.

    Raises:
        Trouble: there is no engine, or it refused them.
    """
    docker = engine()
    layout.prepare()
    with tempfile.TemporaryFile(dir=layout.root / "tmp") as file:
        archive(layout, images, file)
        file.seek(0)
        done = subprocess.run([docker, "load"], stdin=file, capture_output=True, check=False)
    if done.returncode:
        raise Trouble(
            "docker load refused the images", why=done.stderr.decode(errors="replace").strip()[-500:]
        )


def engine() -> Path:
    """The docker client, when an engine answers it.

    Raises:
        Trouble: there is none.
    """
    docker = found("docker")
    if docker is None:
        raise Trouble("docker is not on PATH", fix="leave out --load; the embedded cluster needs no Docker")
    code, _, error = ended([docker, "version", "--format", "{{.Server.Version}}"], timeout=30)
    if code:
        raise Trouble(
            "no Docker engine answers",
            why=error.decode(errors="replace").strip()[-300:],
            fix="start it, or leave out --load; the embedded cluster needs no Docker",
        )
    return docker
