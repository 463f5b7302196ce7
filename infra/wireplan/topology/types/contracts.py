"""Services of gRPC as their contracts have them."""

from collections.abc import Mapping
from enum import Enum

from wireplan.records import dataclass


class Idempotency(Enum):
    """`option idempotency_level` of a method in its contract."""

    UNKNOWN = "IDEMPOTENCY_UNKNOWN"
    NO_SIDE_EFFECTS = "NO_SIDE_EFFECTS"
    IDEMPOTENT = "IDEMPOTENT"


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a gRPC service, as its contract says."""

    name: str
    idempotency: Idempotency
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class Contract:
    """A gRPC service in protos/: full name and methods by name."""

    full_name: str
    methods: Mapping[str, Method]
    file: str = ""
