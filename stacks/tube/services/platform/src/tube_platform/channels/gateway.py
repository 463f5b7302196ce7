"""Push messages and SMS to a gateway that is not ours, by HTTP (row M3).

A message is a POST of JSON to the address of the topology, with its key as Idempotency-Key: a gateway that keeps keys takes a second copy for the
first. What another gateway calls its fields is said here and nowhere else.
"""

from dataclasses import asdict, dataclass

from tube_platform.channels.messages import Push, Sms
from tube_platform.errors import Beyond, Unavailable
from tube_platform.external import External, Json
from tube_platform.kafka.failures import Poison
from tube_platform.wiring import WiringError, secret

LATER = frozenset({401, 402, 403, 407, 408, 409, 425, 429})
"""Of us, or of now: the message is as good as before. So it is where the gateway has moved (3xx)."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway, as a system that is not ours."""

    external: External
    sender: str

    async def carry(self, message: Push | Sms, key: str) -> None:
        """Hand one message in; return when the gateway has taken it."""
        headers = {"idempotency-key": key}
        own = self.external.wiring
        if own.auth_file:
            headers["authorization"] = f"Bearer {self._token(own.auth_file)}"
        document = Json({**asdict(message), "from": self.sender}, headers)
        try:
            answer = await self.external.send(own.url, document)
        except Beyond as beyond:
            raise Unavailable(beyond.message) from beyond
        if answer.status in LATER or not (200 <= answer.status < 300 or answer.status >= 400):
            raise Unavailable(f"{self.external.name} takes nothing of ours ({answer.status})")
        if answer.status >= 400:
            raise Poison(f"{self.external.name} refuses this message ({answer.status})")

    def _token(self, path: str) -> str:
        try:
            return secret(path)
        except WiringError:
            raise Unavailable(f"the token for {self.external.name} cannot be read") from None
