"""Caches, buckets, the object store, and systems that are not ours (spec rows P10, P11)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from wireplan.model.base import IS_URL, IS_WEB_URL, LISTED, NO_ITEMS, Name, Part, unsaid
from wireplan.model.resources import Resources, Volume
from wireplan.model.units import Duration, Share, Size


class Cache(Part):
    """A Valkey cache: it may vanish at any time and nothing is lost."""

    memory: Size | None = None
    """Memory for entries."""
    eviction: (
        Literal["allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "volatile-ttl", "noeviction"]
        | None
    ) = None
    """What goes when the memory is full."""
    resources: Resources = unsaid(Resources)
    """CPU and memory of its pod."""


class Bucket(Part):
    """A bucket of the object store."""

    uploads_through: Name | None = None
    """The edge through which clients upload by presigned URL."""
    durable: bool | None = None
    """Whether its objects must survive; kept on delete."""


class ObjectStore(Part):
    """The S3 object store."""

    provider: Literal["builtin", "external"] | None = None
    """`builtin` runs one in the cluster."""
    endpoint: Annotated[str, IS_WEB_URL] | None = None
    """URL of a store that is not ours; needed by the provider `external`."""
    region: str | None = None
    """The S3 region."""
    volume: Volume | None = None
    """The disk of the built-in store."""
    resources: Resources = unsaid(Resources)
    """CPU and memory of the built-in store."""
    availability: Share | None = None
    """The share of time in which it answers; not known when left out (docs/impact.md)."""


Host = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")]


BROUGHT = ("oidc", "smtp", "push", "sms")
"""Kinds of systems that are not ours of which one can be brought."""


class External(Part):
    """A system that is not ours, spoken to in its own protocol (spec row P10)."""

    kind: Literal["oidc", "http", "smtp", "push", "sms", "other"] = "http"
    """What it is."""
    protocol: Literal["http3", "http2", "http1", "smtp", "grpc", "tcp"] = "http2"
    """What it speaks."""
    url: Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*://[^\s/]+"), IS_URL]
    """Where it is."""
    provider: Literal["builtin", "external"] | None = None
    """`builtin` runs one beside the system, under the same address, on a machine that cannot reach the real one: a provider of logins (kind oidc), or what takes messages and shows them (smtp, push, sms)."""
    fallback: Literal["http2", "http1", "none"] | None = None
    """What is spoken where HTTP/3 does not get through."""
    hosts: Annotated[list[Host], LISTED] = NO_ITEMS
    """Further hosts that are its own; it cannot send a service to others."""
    authority: Literal["public", "own"] | None = None
    """Who vouches for its certificate: those whom everybody believes, or one whose certificate is in the Secret `external-NAME-tls` as `ca.crt`."""
    tls: Literal["starttls", "implicit", "none"] | None = None
    """How SMTP is hidden from who is on the way: `starttls`, and no message without; `implicit` from the first byte on, as `smtps://` is."""
    auth: Literal["password", "token"] | None = None
    """How a service shows who it is: with `user` and a password, or with a bearer token; the value is the key of that name in the Secret `external-NAME-auth`."""
    user: Annotated[str, Field(min_length=1)] | None = None
    """Who we are to it; the system's name by default."""
    timeout: Duration | None = None
    """How long one request to it, or the sending of one message, may take."""
    availability: Share | None = None
    """The share of time in which it answers, as those who run it promise; not known when left out (docs/impact.md)."""

    @model_validator(mode="after")
    def _fits(self) -> "External":
        if self.provider == "builtin" and self.kind not in BROUGHT:
            raise PydanticCustomError(
                "combination",
                "provider builtin is for the kinds oidc, smtp, push and sms: of others none is brought",
                {},
            )
        for key in ("tls", "user") if self.protocol != "smtp" else ():
            if getattr(self, key) is not None:
                raise PydanticCustomError(
                    "combination", "{key} is for protocol smtp: leave it out", {"key": key}
                )
        if self.auth not in (None, "password" if self.protocol == "smtp" else "token"):
            raise PydanticCustomError(
                "combination", "smtp asks for a password, and HTTP for a token: auth has the other", {}
            )
        if self.fallback is not None and self.protocol != "http3":
            raise PydanticCustomError(
                "combination",
                "fallback is what is spoken in place of http3: leave it out, or protocol: http3",
                {},
            )
        return self
