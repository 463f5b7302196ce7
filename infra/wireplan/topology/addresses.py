"""The address of a system that is not ours, taken apart: who connects to it, and who is let out to it, must mean the same."""

from urllib.parse import urlsplit

from wireplan.records import dataclass

HTTPS, HTTP = 443, 80
PORTS = {"http": HTTP, "smtp": 587, "smtps": 465}
"""Of schemes that have another one than https: mail is handed in on 587 (RFC 6409), or on 465 with TLS from the first byte on (RFC 8314)."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a URL leads: the host without brackets, the port, whether TLS is spoken, and the path without a slash at its end."""

    host: str
    port: int
    tls: bool
    path: str = ""

    @property
    def written(self) -> str:
        """The host as it stands before a port."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def authority(self) -> str:
        """The Host header of a request to it, as every client writes it: without the port that its scheme has anyway (RFC 9110, 7.2)."""
        return self.written if self.port == (HTTPS if self.tls else HTTP) else f"{self.written}:{self.port}"


def address(url: str) -> Address:
    """The parts of a URL. What is not `http` is taken to be over TLS."""
    parts = urlsplit(url)
    tls = parts.scheme != "http"
    port = parts.port or PORTS.get(parts.scheme, HTTPS)
    return Address(parts.hostname or "", port, tls, parts.path.rstrip("/"))
