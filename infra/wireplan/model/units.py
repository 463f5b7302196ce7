"""Quantities that carry their unit: read as a person writes them, printed the same way, numbers inside.

`Duration` is a float of seconds, `Size` an int of bytes, `Cpu` an int of millicores, `Rate` a float per second, `Share` a float of one.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

import durationpy
from pydantic_core import PydanticCustomError, core_schema

T = TypeVar("T")

DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+")
SIZE = re.compile(r"(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)")
CPU = re.compile(r"(\d+)m|(\d+(?:\.\d{1,3})?)")
RATE = re.compile(r"(\d+(?:\.\d+)?)/([smh])")
SHARE = re.compile(r"(\d{1,2}(?:\.\d{1,6})?) ?%")

LONG = 10_000
"""From here on a number of seconds, minutes or hours says nothing to a person."""
SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
BYTES = {
    "Ti": 1024**4, "Gi": 1024**3, "Mi": 1024**2, "Ki": 1024,
    "T": 1000**4, "G": 1000**3, "M": 1000**2, "k": 1000,
}  # fmt: skip
PER = {"s": 1, "m": 60, "h": 3_600}


def refused(kind: str, value: object, example: str) -> PydanticCustomError:
    """The error of a value that has no unit, or a wrong one."""
    return PydanticCustomError(
        "unit",
        "{value} is not a {kind}: write {example}",
        {"value": brief(value), "kind": kind, "example": example},
    )


def brief(value: object) -> str:
    """A value in a message: never a whole part of a file, never a long one."""
    if isinstance(value, dict | list):
        return "a map" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def schema(parse: Callable[[Any], Any], pattern: re.Pattern[str]) -> core_schema.CoreSchema:
    """How Pydantic reads a unit: by `parse`; editors see a text with a pattern."""
    shown = core_schema.str_schema(pattern=f"^(?:{pattern.pattern})$")
    return core_schema.no_info_plain_validator_function(
        parse,
        json_schema_input_schema=shown,
        serialization=core_schema.plain_serializer_function_ser_schema(
            str, return_schema=core_schema.str_schema()
        ),
    )


class Duration(float):
    """Seconds, written `800ms`, `90s`, `1m30s`, `14d`. Zero needs no unit."""

    example: ClassVar[str] = "for example 800ms, 30s, 5m, 14d"

    def __new__(cls, value: "str | float") -> "Duration":
        """Read a text with a unit, or take another Duration; a bare number other than 0 is refused."""
        if isinstance(value, str):
            return cls._read(value)
        if isinstance(value, Duration) or str(value) in ("0", "0.0"):
            return super().__new__(cls, value)
        raise refused("duration", value, cls.example)

    @classmethod
    def _read(cls, text: str) -> "Duration":
        if text == "0":
            return super().__new__(cls, 0)
        if not DURATION.fullmatch(text) or len(text) > 30:
            raise refused("duration", text, cls.example)
        try:
            return super().__new__(cls, durationpy.from_str(text).total_seconds())
        except (ValueError, OverflowError, durationpy.DurationError) as error:
            raise refused("duration", text, cls.example) from error

    def __str__(self) -> str:
        return duration_text(self)

    def __repr__(self) -> str:
        return f"Duration({duration_text(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> core_schema.CoreSchema:
        return schema(cls, DURATION)


class Size(int):
    """Bytes, written `512Mi`, `10Gi`, `5M`."""

    example: ClassVar[str] = "for example 512Mi or 10Gi"

    def __new__(cls, value: "str | int") -> "Size":
        """Read a text with a suffix of Kubernetes, or take another Size; a bare number other than 0 is refused."""
        if isinstance(value, str):
            return cls._read(value)
        if isinstance(value, Size) or str(value) == "0":
            return super().__new__(cls, value)
        raise refused("size", value, cls.example)

    @classmethod
    def _read(cls, text: str) -> "Size":
        if text == "0":
            return super().__new__(cls, 0)
        found = SIZE.fullmatch(text) if len(text) <= 30 else None
        amount = Decimal(found[1]) * BYTES[found[2]] if found else Decimal("0.5")
        if amount != amount.to_integral_value():
            raise refused("size", text, cls.example)
        return super().__new__(cls, int(amount))

    def __str__(self) -> str:
        return size_text(self)

    def __repr__(self) -> str:
        return f"Size({size_text(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> core_schema.CoreSchema:
        return schema(cls, SIZE)


class Cpu(int):
    """Millicores, written `250m`, `0.5` or `2` (cores)."""

    example: ClassVar[str] = "for example 250m, 0.5 or 2"

    def __new__(cls, value: "str | float") -> "Cpu":
        """Read cores or millicores; a number means cores, as in Kubernetes."""
        if isinstance(value, Cpu):
            return super().__new__(cls, value)
        text = value if isinstance(value, str) else "" if isinstance(value, bool) else repr(value)
        found = CPU.fullmatch(text) if len(text) <= 12 else None
        if not found:
            raise refused("CPU amount", value, cls.example)
        return super().__new__(cls, int(found[1]) if found[1] else int(Decimal(found[2]) * 1000))

    def __str__(self) -> str:
        return cpu_text(self)

    def __repr__(self) -> str:
        return f"Cpu({cpu_text(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> core_schema.CoreSchema:
        built = schema(cls, CPU)
        text = core_schema.str_schema(pattern=f"^(?:{CPU.pattern})$")
        shown = core_schema.union_schema([text, core_schema.float_schema(ge=0)])
        built["json_schema_input_schema"] = shown  # pyright: ignore[reportGeneralTypeIssues]
        return built


class Rate(float):
    """Requests per second, written `20/s`, `600/m`."""

    example: ClassVar[str] = "for example 20/s or 600/m"

    def __new__(cls, value: "str | float") -> "Rate":
        """Read a text such as `20/s`, or take another Rate."""
        if isinstance(value, Rate):
            return super().__new__(cls, value)
        found = RATE.fullmatch(value) if isinstance(value, str) and len(value) <= 20 else None
        if not found:
            raise refused("rate", value, cls.example)
        return super().__new__(cls, float(found[1]) / PER[found[2]])

    def __str__(self) -> str:
        return rate_text(self)

    def __repr__(self) -> str:
        return f"Rate({rate_text(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> core_schema.CoreSchema:
        return schema(cls, RATE)


class Share(float):
    """A share of all time, or of all requests, written `99.9%`. It is above none and below all: nothing answers always."""

    example: ClassVar[str] = "for example 99.9% or 99.95%"

    def __new__(cls, value: "str | float") -> "Share":
        """Read a text such as `99.9%`, or take another Share; a bare number is refused, since 99.9 and 0.999 would be one."""
        if isinstance(value, Share):
            return super().__new__(cls, value)
        found = SHARE.fullmatch(value) if isinstance(value, str) and len(value) <= 12 else None
        share = Decimal(found[1]) / 100 if found else Decimal()
        if not share:
            raise refused("share of time", value, cls.example)
        return super().__new__(cls, float(share))

    def __str__(self) -> str:
        return share_text(self)

    def __repr__(self) -> str:
        return f"Share({share_text(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> core_schema.CoreSchema:
        return schema(cls, SHARE)


def plain(number: float) -> str:
    """A number without a needless fraction."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def duration_text(seconds: float) -> str:
    """Seconds as a person writes them: the largest unit that leaves no fraction, or several where its number would be a long one."""
    if seconds == 0:
        return "0s"
    if seconds != int(seconds):
        return f"{plain(seconds)}s" if seconds > 60 else f"{plain(seconds * 1000)}ms"
    number, unit = next(
        (int(seconds) // size, unit) for unit, size in SECONDS.items() if int(seconds) % size == 0
    )
    return f"{number}{unit}" if number < LONG else mixed(int(seconds))


def mixed(seconds: int) -> str:
    """Whole seconds in days and what is left of them: `2d45s`."""
    text = ""
    for unit, size in SECONDS.items():
        number, seconds = (0, seconds) if unit == "w" else divmod(seconds, size)
        text += f"{number}{unit}" if number else ""
    return text


def size_text(size: int) -> str:
    """Bytes with the largest suffix that leaves no fraction, binary suffixes first; where all do, the shorter fraction."""
    size = int(size)  # a Size would print itself by this very function
    if size == 0:
        return "0"
    whole = (f"{size // unit}{suffix}" for suffix, unit in BYTES.items() if size % unit == 0)
    broken = (f"{Decimal(size) / BYTES[suffix]:f}{suffix}" for suffix in ("Ki", "k"))
    return next(whole, None) or min(broken, key=len)


def cpu_text(millicores: int) -> str:
    """Millicores as Kubernetes prints them."""
    millicores = int(millicores)  # as above
    return f"{millicores // 1000}" if millicores % 1000 == 0 else f"{millicores}m"


def rate_text(rate: float) -> str:
    """A rate in the smallest unit of time that leaves no fraction."""
    for unit, seconds in PER.items():
        if abs(rate * seconds - round(rate * seconds)) < 1e-9:
            return f"{round(rate * seconds)}/{unit}"
    return f"{plain(rate)}/s"


def share_text(share: float) -> str:
    """A share in percent, to the millionth of one."""
    return f"{plain(float(share) * 100)}%"
