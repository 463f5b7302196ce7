"""The files as the editor has them: what is open and unsaved wins over the disk. Which of them are topologies, and which their overlays."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wireplan.rim import sources
from wireplan.rim.trouble import Trouble

SAYS_MORE = re.compile(r"(?m)^(?:wireplan|services)[ \t]*:")


@dataclass
class Files:
    """Open buffers by path, over the disk."""

    buffers: dict[str, str] = field(default_factory=dict[str, str])

    def read(self, file: str) -> bytes:
        """The bytes of a file.

        Raises:
            Trouble: it cannot be read.
        """
        open_ = self.buffers.get(file)
        return sources.read(file) if open_ is None else open_.encode("utf-8", "surrogatepass")

    def text(self, file: str) -> str:
        """The text of a file; of one that cannot be read, none."""
        try:
            return self.read(file).decode("utf-8", "replace").removeprefix("\ufeff")
        except Trouble:
            return ""

    def is_topology(self, file: str) -> bool:
        """Whether a file is a topology: by what it says. Editors show us all YAML that there is, and others have a topology.yaml, too."""
        path = Path(file)
        if path.suffix != ".yaml" or not (file in self.buffers or path.is_file()):
            return False
        text = self.text(file)
        system, more = sources.SAYS_SYSTEM.search(text), SAYS_MORE.search(text)
        if path.name == sources.TOPOLOGY_FILE:
            return bool(system or more or not text.strip())
        return bool(system and more)

    def is_overlay(self, file: str) -> bool:
        """Whether a file is laid over a topology (as `sources.is_overlay`, unsaved text included)."""
        path = Path(file)
        named = path.suffix == ".yaml" and not path.name.startswith(("Pulumi", "."))
        return named and sources.says_overlay(self.text(file))

    def beside(self, file: str) -> list[str]:
        """The YAML files of a file's folder, in order, those that are open and not saved yet included."""
        folder = Path(file).parent
        on_disk = {str(path) for path in folder.glob("*.yaml")} if folder.is_dir() else set[str]()
        return sorted(on_disk | {name for name in self.buffers if Path(name).parent == folder})

    def overlays(self, topology: str) -> Mapping[str, str]:
        """The overlays of a topology by the name of their environment."""
        return {
            Path(each).stem: each
            for each in self.beside(topology)
            if each != topology and self.is_overlay(each)
        }

    def topologies(self, file: str) -> list[str]:
        """The topologies that a file has to do with: itself, or those that it is laid over."""
        if self.is_topology(file):
            return [file]
        if self.is_overlay(file):
            return [each for each in self.beside(file) if each != file and self.is_topology(each)]
        return []
