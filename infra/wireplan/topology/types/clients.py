"""How a service lets clients in: how often, with queries how large, by whose tokens."""

from collections.abc import Mapping

from wireplan.records import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """Requests per second in the long run and at once, of each principal, route or client address."""

    per: str  # principal | route | address
    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Requests per second and burst, counted in a cache (spec row F1.2). `routes` apply beside the limit itself.

    `anonymous` is the limit of a client address whose requests name no principal; None where principals are not counted.
    """

    per: str
    rate: float
    burst: int
    store: str
    anonymous: Limit | None
    routes: Mapping[str, Limit]


@dataclass(frozen=True, slots=True)
class GraphQL:
    """GraphQL beside REST (spec row P4): how large a query may be. Each of its `root_fields` is a request of a route."""

    depth: int
    fields: int
    root_fields: int
    aliases: int
    batch: int
    introspection: bool


@dataclass(frozen=True, slots=True)
class OAuth:
    """An external identity provider (spec rows A9, P10)."""

    provider: str
    pkce: str
    client_id: str
    redirect_uri: str
    algorithms: tuple[str, ...]
    apps: tuple[str, ...]
    secret: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Own JWT (spec row A8). Seconds."""

    algorithm: str
    access: float
    refresh: float
    issuer: str
    audience: str
    secret: str
