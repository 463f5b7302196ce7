"""What every model shares: unknown keys are refused, nothing is coerced, short forms become long ones first."""

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import PydanticCustomError, core_schema

M = TypeVar("M", bound="Part")


class Part(BaseModel):
    """A part of a system as its author wrote it.

    Strict, so that `"3"` is no number and `"yes"` no truth; built only when used, so that commands start fast.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, defer_build=True, populate_by_name=True
    )


def unsaid(part: type[M]) -> M:
    """A part of which nothing was said. Parts are frozen, so one serves everywhere; it needs no validator to be made."""
    return cast("M", _unsaid(part))


@cache
def _unsaid(part: "type[Part]") -> "Part":
    return part.model_construct()


LABEL = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"

NO_ITEMS: Any = Field(default_factory=list)
"""The default of a list. A list as default would be copied deeply for every part."""
NO_PARTS: Any = Field(default_factory=dict)
"""The default of a map."""

SYSTEM = r"^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$"
"""A system's name: a DNS label, at most 32, since it begins other names."""

RULE = r"^[A-Z]{2,3}[0-9]{3}$|^[A-Z][A-Z0-9]{2}[0-9]{3}$|^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
"""A rule's code or its name."""

RuleName = Annotated[str, StringConstraints(pattern=RULE)]
"""A rule, by its code (KAF007) or its name (static-member-with-consumer-protocol)."""

Name = Annotated[str, StringConstraints(pattern=LABEL)]
"""A name that becomes a DNS label: lower-case letters, digits, dashes; at most 63 (RFC 1035)."""

ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$")]
"""As Name, at most 52: pods and revisions of a StatefulSet add 11 characters to it."""

TopicName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,179}$")]
"""A Kafka topic; at most 180 of Kafka's 249, so that retry and dead-letter topics fit."""

DatabaseName = Annotated[str, StringConstraints(pattern=r"^[a-z]([_a-z0-9]{0,47}[a-z0-9])?$")]
"""A Postgres identifier that needs no quotes; at most 49, so that the names made from it fit."""

BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$")]
"""An S3 bucket: 3 to 63 characters, no dots (they break TLS host names)."""

ProtoName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][\w]*(\.[a-zA-Z_][\w]*)*$")]
"""The full name of a message or service in protos/."""

MethodName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")]
"""A method of a gRPC service."""

Host = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$"),
]
"""A DNS host name."""


HOSTNAME = re.compile(r"[\w.-]+|[0-9a-f:.]+")
"""A host as `urlsplit` gives it: a name, or an address of IPv6. It is written into files of others, where braces and spaces mean something."""


def url(value: str) -> str:
    """A URL whose host and port can be told apart; the text is not repeated, since addresses may carry a password.

    Raises:
        PydanticCustomError: it is none.
    """
    try:
        found = urlsplit(value)
        known = bool(found.scheme and HOSTNAME.fullmatch(found.hostname or "")) and found.port != 0
        known = known and value.isprintable() and " " not in value
    except ValueError:  # a port beyond 65535, a bracket that is not closed
        known = False
    if not known:
        raise PydanticCustomError("address", "this is no URL: write for example https://id.example:8443", {})
    return value


def host_ports(value: str) -> str:
    """`host:port`, or several with commas between.

    Raises:
        PydanticCustomError: it is none.
    """
    for each in value.split(","):
        host, _, port = each.strip().rpartition(":")
        if (
            not host
            or "/" in host
            or not port.isascii()
            or not port.isdigit()
            or not 0 < int(port[:6]) < 65_536
        ):
            raise PydanticCustomError(
                "address", "this is no list of host:port: write for example kafka.example:9092", {}
            )
    return value


def web_url(value: str) -> str:
    """A URL of what speaks HTTP.

    Raises:
        PydanticCustomError: it is none.
    """
    if urlsplit(url(value)).scheme not in ("http", "https"):
        raise PydanticCustomError("address", "this is no URL: write for example https://s3.example", {})
    return value


IS_URL, IS_WEB_URL = AfterValidator(url), AfterValidator(web_url)
HostPorts = Annotated[str, AfterValidator(host_ports)]


def filled(value: object) -> object:
    """A key with nothing behind it (`fast:`) means all defaults."""
    return {} if value is None else value


def by_name(value: object) -> object:
    """`[a, b]`, or `a` alone, becomes `{a: {}, b: {}}`; nulls become empty maps.

    Raises:
        PydanticCustomError: a name is given twice, or an item is no name.
    """
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, dict):
        return {name: filled(part) for name, part in cast("dict[object, object]", value).items()}
    if not isinstance(value, list):
        return filled(value)
    table: dict[str, object] = {}
    for item in cast("list[object]", value):
        if not isinstance(item, str):
            raise PydanticCustomError("names", "a list here holds names; write a map to say more of one", {})
        if item in table:
            raise PydanticCustomError("names", "{name} is listed twice", {"name": item})
        table[item] = {}
    return table


def listed(value: object) -> object:
    """`a` becomes `[a]`."""
    return [value] if isinstance(value, str) else [] if value is None else value


def short(key: str) -> Callable[[object], object]:
    """A normaliser: a bare value `v` becomes `{key: v}`."""

    def long(value: object) -> object:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return {key: value}
        return filled(value)

    return long


Form = dict[str, object]
"""A JSON Schema of one short form."""

TEXT: Form = {"type": "string"}
TEXTS: Form = {"type": "array", "items": {"type": "string"}}
WHOLE: Form = {"type": "integer"}


class Short:
    """In an annotation: short forms are made long before validation; editors are offered both."""

    __slots__ = ("forms", "normalise")

    def __init__(self, normalise: Callable[[Any], object], *forms: Form) -> None:
        self.normalise = normalise
        self.forms = forms

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.normalise, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(schema), *self.forms]} if self.forms else handler(schema)


def choices(*words: str) -> Form:
    """The short form of one of some words."""
    return {"enum": list(words)}


BY_NAME = Short(by_name, TEXTS, TEXT)
"""A map by name, or a list of names, or one name."""
MAP = Short(by_name)
"""A map by name whose parts may be left empty."""
LISTED = Short(listed, TEXT)
"""A list, or its only item."""
