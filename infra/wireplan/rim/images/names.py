"""Image names: what a person writes, and the full name that a container runtime makes of it."""

import re
from dataclasses import dataclass

DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
PATH = re.compile(r"^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$")
TAG = re.compile(r"^\w[\w.-]{0,127}$", re.ASCII)


class NoNameError(ValueError):
    """A text that is no image name."""


@dataclass(frozen=True)
class Name:
    """A full image name: `host/path:tag@digest`; tag or digest may be empty."""

    host: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def repository(self) -> str:
        """Host and path, without tag and digest."""
        return f"{self.host}/{self.path}"

    @property
    def tagged(self) -> str:
        """The name under which a layout keeps the image."""
        return f"{self.repository}:{self.tag}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return self.repository + tag + digest


def parse(text: str) -> Name:
    """`text` as a full name, filled up as Docker and containerd do it: `caddy` is `docker.io/library/caddy:latest`.

    Raises:
        NoNameError: it is no image name.
    """
    rest, _, digest = text.partition("@")
    first, _, others = rest.partition("/")
    if others and ("." in first or ":" in first or first == "localhost"):
        host, rest = first, others
    else:
        host, rest = "docker.io", rest if others else f"library/{rest}"
    path, _, tag = rest.partition(":")
    tag = tag or ("" if digest else "latest")
    if not PATH.match(path) or (tag and not TAG.match(tag)) or (digest and not DIGEST.match(digest)):
        raise NoNameError(f"{text!r} is no image name")
    return Name(host, path, tag, digest)
