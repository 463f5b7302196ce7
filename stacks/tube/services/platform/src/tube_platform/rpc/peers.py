"""Which service calls, by the certificate of its connection, and whether the topology has it call this one.

The network policies say who may connect, the handshake that a client has a certificate of this system; here it is said whose. What is refused is
refused before anything of the request is looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tube_platform import errors, logs, metrics

log = logs.get(__name__)

REASON = "peer_not_allowed"

IDENTITY = "peer_spiffe_id"
"""Where gRPC keeps the one name of a certificate that is a SPIFFE ID."""

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Peers:
    """Who may call `service`: names of certificates, each with the full names of the methods that are all it may call; none: all of them."""

    service: str
    callers: Mapping[str, tuple[str, ...]]

    def check(self, context: Any, method: str) -> None:
        """Let a call pass.

        Raises:
            Forbidden: the topology has no such call.
        """
        found = context.auth_context().get(IDENTITY, ())
        identity = found[0].decode() if len(found) == 1 else ""
        allowed = self.callers.get(identity)
        if allowed is not None and (not allowed or method in allowed):
            return
        peer = identity.rpartition("/")[2] or NOBODY
        metrics.peers_refused.labels(peer, method).inc()
        log.warning("peer refused", peer=identity or NOBODY, method=method)
        raise errors.Forbidden(self._why(peer, method, known=allowed is not None), REASON)

    def _why(self, peer: str, method: str, *, known: bool) -> str:
        if peer == NOBODY:
            return f"the caller's certificate names no service, so it may not call {self.service}"
        place = f"services.{peer}.calls.{self.service}"
        if known:
            return f"{peer} may not call {method.lstrip('/')}: it is not among the methods of {place} in the topology"
        return f"{peer} may not call {self.service}: the topology has no {place}"
