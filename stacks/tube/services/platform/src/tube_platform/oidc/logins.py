"""The providers that one can log in by, and where browsers may be sent afterwards."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tube_platform.errors import Invalid, NotFound
from tube_platform.oidc.provider import Provider

LOOPBACK = re.compile(
    r"http://(?:127\.0\.0\.1|\[::1\]):(?P<port>[0-9]{1,5})(?:[/?][A-Za-z0-9._~:/?@!$&'()*+,;=%-]*)?"
)
"""As RFC 3986 spells an address, letter by letter: what a parser makes of others is not what a browser makes of them."""

LONGEST_ADDRESS = 512
HIGHEST_PORT = 65_535


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
    found = LOOPBACK.fullmatch(address) if len(address) <= LONGEST_ADDRESS else None
    return found is not None and 0 < int(found["port"]) <= HIGHEST_PORT
