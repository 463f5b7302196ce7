"""Quantities carry their unit: what is read, what is refused, and that printing reads back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError
from wireplan.model.units import (
    Cpu,
    Duration,
    Rate,
    Share,
    Size,
    cpu_text,
    duration_text,
    rate_text,
    share_text,
    size_text,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("800ms", 0.8),
        ("30s", 30),
        ("1m30s", 90),
        ("1.5s", 1.5),
        ("2h", 7200),
        ("14d", 1_209_600),
        ("1w", 604_800),
        ("0s", 0),
        ("0", 0),
    ],
)
def test_a_duration_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert Duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value", ["30", "30 s", "s", "", "-1s", "1:30", "1y", "30S", "1e3s", 30, 0.5, True, "9" * 40 + "w"]
)
def test_a_duration_without_its_unit_is_refused_with_an_example(value: object) -> None:
    with pytest.raises(PydanticCustomError, match="for example 800ms"):
        Duration(value)  # pyright: ignore[reportArgumentType]


def test_zero_needs_no_unit() -> None:
    assert Duration(0) == 0
    assert Size(0) == 0


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64Mi", 64 * 1024**2),
        ("1Gi", 1024**3),
        ("1.5Gi", 3 * 512 * 1024**2),
        ("10k", 10_000),
        ("5M", 5_000_000),
        ("2G", 2_000_000_000),
        ("1Ki", 1024),
    ],
)
def test_a_size_has_a_suffix_of_kubernetes(text: str, size: int) -> None:
    assert Size(text) == size


@pytest.mark.parametrize("value", ["500m", "64", "64MB", "64mi", "1.1Ki", "", "-1Mi", 1024, True, "64 Mi"])
def test_a_size_without_its_suffix_is_refused(value: object) -> None:
    """`500m` is half a byte in Kubernetes and 500 MB elsewhere."""
    with pytest.raises(PydanticCustomError, match="for example 512Mi"):
        Size(value)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("value", "millicores"), [("250m", 250), ("0.5", 500), ("2", 2000), (2, 2000), (0.25, 250)]
)
def test_cpu_is_in_millicores_or_cores(value: "str | float", millicores: int) -> None:
    assert Cpu(value) == millicores


@pytest.mark.parametrize("value", ["250mi", "", "1.2345", True, -1, "-1", 1e-9])
def test_cpu_that_is_none_is_refused(value: "str | float") -> None:
    with pytest.raises(PydanticCustomError, match="for example 250m"):
        Cpu(value)


@pytest.mark.parametrize(("text", "rate"), [("20/s", 20), ("600/m", 10), ("36/h", 0.01)])
def test_a_rate_is_per_second_minute_or_hour(text: str, rate: float) -> None:
    assert Rate(text) == pytest.approx(rate)


@pytest.mark.parametrize("value", ["20", "20/d", "/s", 20])
def test_a_rate_without_its_time_is_refused(value: object) -> None:
    with pytest.raises(PydanticCustomError, match="for example 20/s"):
        Rate(value)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (9999, "9999s"),
        (10_000, "2h46m40s"),
        (172_845, "2d45s"),
        (90 * 86_400, "90d"),
        (20_000 * 86_400, "20000d"),
    ],
)
def test_a_long_number_of_seconds_is_said_in_several_units(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@given(st.integers(0, 10**11))
def test_printing_a_duration_reads_back(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert Duration(duration_text(seconds)) == pytest.approx(seconds, abs=1e-6)


@given(st.integers(1, 10**15), st.sampled_from(["Ki", "Mi", "Gi", "Ti", "k", "M", "G", "T"]))
def test_printing_a_size_reads_back(number: int, suffix: str) -> None:
    size = Size(f"{number}{suffix}")
    assert Size(size_text(size)) == size


@given(st.integers(0, 10**18))
def test_printing_any_number_of_bytes_reads_back(size: int) -> None:
    """Also one that no suffix divides: a bare number would be refused."""
    assert Size(size_text(size)) == size


@given(st.integers(0, 10**6))
def test_printing_cpu_reads_back(millicores: int) -> None:
    assert Cpu(cpu_text(millicores)) == millicores


@given(st.integers(1, 10**6), st.sampled_from("smh"))
def test_printing_a_rate_reads_back(number: int, unit: str) -> None:
    rate = Rate(f"{number}/{unit}")
    assert Rate(rate_text(rate)) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("value", "text"),
    [(Cpu("250m"), "250m"), (Cpu("1.5"), "1500m"), (Size("1.5k"), "1.5k"), (Size("1.5Ki"), "1.5Ki"), (Size("0.001k"), "0.001k"), (Size(0), "0"), (Rate("7/m"), "7/m")],
)  # fmt: skip
def test_every_amount_prints_itself(value: object, text: str) -> None:
    assert (str(value), f"{value}") == (text, text)


@pytest.mark.parametrize(
    ("text", "share"), [("99.9%", 0.999), ("99.95 %", 0.9995), ("50%", 0.5), ("0.5%", 0.005)]
)
def test_a_share_is_in_percent(text: str, share: float) -> None:
    assert Share(text) == pytest.approx(share)


@pytest.mark.parametrize(
    "value", ["99.9", "100%", "0%", "0.0%", "-1%", "101%", "99,9%", "%", "", 0.999, 99.9, 1, True]
)
def test_a_share_without_its_sign_or_beyond_all_is_refused(value: object) -> None:
    """0.999 and 99.9 would be the same; nothing answers always, and what never answers is no part."""
    with pytest.raises(PydanticCustomError, match=r"for example 99\.9%"):
        Share(value)  # pyright: ignore[reportArgumentType]


@given(st.integers(1, 99_999_999))
def test_a_share_reads_back_as_it_is_printed(millionths: int) -> None:
    share = millionths / 100_000_000
    assert Share(share_text(share)) == pytest.approx(share, abs=1e-12)
