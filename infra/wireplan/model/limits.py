"""Limits on requests as their author wrote them (spec row F1.2)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from wireplan.model.base import NO_PARTS, Name, Part
from wireplan.model.units import Rate

RouteName = Annotated[str, StringConstraints(pattern=r"^(GET|POST|PUT|PATCH|DELETE) /[-A-Za-z0-9_.~{}:/]*$")]
"""A method and a path as the service's own code spells it: `GET /v1/orders/{order_id}`."""


class Limit(Part):
    """How many requests."""

    rate: Rate
    """Requests in the long run."""
    burst: Annotated[int, Field(ge=1)]
    """Requests at once."""


class RouteLimit(Limit):
    """A limit of one route, beside that of the service."""

    per: Literal["principal", "route", "address"] = "principal"
    """What is counted; `route`: all requests to it, whoever makes them."""


class RateLimit(Limit):
    """A limit on requests (spec row F1.2)."""

    per: Literal["principal", "route", "address"] = "principal"
    """What is counted: requests of a principal, to a route, or from a client's address."""
    store: Name
    """The cache that counts."""
    anonymous: Limit | None = None
    """Requests of nobody known, from one client address; ten times the limit of a principal by default."""
    routes: dict[RouteName, RouteLimit] = NO_PARTS
    """Limits of routes, which apply beside this one: `POST /v1/login: {per: address, rate: 1/s, burst: 10}`."""

    @model_validator(mode="after")
    def _fits(self) -> "RateLimit":
        if self.anonymous is not None and self.per != "principal":
            raise PydanticCustomError(
                "combination",
                "anonymous is for a limit per principal; per {per} counts everybody alike",
                {"per": self.per},
            )
        return self
