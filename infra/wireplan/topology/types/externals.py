"""Systems that are not ours."""

from wireplan.records import dataclass
from wireplan.topology.types.calls import Breaker


@dataclass(frozen=True, slots=True)
class External:
    """A system that is not ours, by its own protocol (spec row P10)."""

    name: str
    kind: str
    protocol: str
    url: str
    timeout: float
    provider: str  # builtin | external
    fallback: str | None  # in place of HTTP/3; None where nothing is
    hosts: tuple[str, ...]
    own_authority: bool
    address: str | None  # where it lies, if its name is not to be asked
    tls_secret: str
    breaker: Breaker
    availability: float | None = None  # a share of time, below 1; None: not known
    tls: str | None = None  # of SMTP: starttls | implicit | none
    auth: str | None = None  # password | token
    user: str | None = None  # who we are, where a password is asked for
    auth_secret: str | None = None
