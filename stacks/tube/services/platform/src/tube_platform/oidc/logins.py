"""The providers that one can log in by, and where browsers may be sent afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tube_platform.errors import Invalid, NotFound
from tube_platform.oidc.provider import Provider

LOOPBACK = ("127.0.0.1", "::1")
LONGEST_ADDRESS = 512


@dataclass(frozen=True, slots=True)
class Logins:
    """Providers by their names in the topology."""

    providers: Mapping[str, Provider]

    def provider(self, name: str) -> Provider:
        """A provider."""
        if name not in self.providers:
            raise NotFound("there is no such way to log in", "no_such_provider")
        return self.providers[name]

    def app(self, name: str, address: str) -> str:
        """The address of an app of ours on somebody's machine: one that the topology names, or any port of loopback (RFC 8252, 7.3)."""
        if address in self.provider(name).wiring.apps or _loopback(address):
            return address
        raise Invalid("no app of ours is at this address", "redirect_not_allowed")


def _loopback(address: str) -> bool:
    try:
        found = urlsplit(address)
        port = found.port
    except ValueError:
        return False
    plain = found.username is None and "#" not in address and len(address) <= LONGEST_ADDRESS
    return found.scheme == "http" and found.hostname in LOOPBACK and port is not None and plain
