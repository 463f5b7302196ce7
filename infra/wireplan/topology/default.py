"""What a default is; `defaults` has them all."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Default(Generic[T]):
    """A default; `dev` is the value in environments of profile dev, where it differs."""

    path: str
    value: T
    why: str
    dev: T | None = None

    def of(self, profile: str) -> T:
        """The value in an environment of `profile`."""
        return self.dev if profile == "dev" and self.dev is not None else self.value
