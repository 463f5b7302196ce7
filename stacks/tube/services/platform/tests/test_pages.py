"""Pages: tokens come back as the place they name; strangers' tokens are refused."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tube_platform import pages
from tube_platform.errors import Invalid


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_token_names_its_place(at: datetime, last: uuid.UUID) -> None:
    """There and back, to the microsecond."""
    assert pages.place(pages.token((at, last))) == (at, last)


def test_zone_does_not_matter() -> None:
    """A place is a point in time."""
    at = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=3)))
    assert pages.place(pages.token((at, uuid.UUID(int=1)))) == (at, uuid.UUID(int=1))


@pytest.mark.parametrize("given_token", ["nonsense", "é", "Zm9v", "====", "MjAyNi0wMS0wMSBub3QtYS11dWlk"])
def test_strange_token_is_invalid(given_token: str) -> None:
    """Not a server error."""
    with pytest.raises(Invalid):
        pages.place(given_token)


def test_size_and_cut() -> None:
    """A row more than the page says that there is another."""
    assert (pages.size(0), pages.size(7)) == (pages.DEFAULT_SIZE, 7)
    with pytest.raises(Invalid):
        pages.size(101)
    places = [(datetime(2026, 1, day, tzinfo=UTC), uuid.UUID(int=day)) for day in (3, 2, 1)]
    page, following = pages.cut(places, 2, lambda place: place)
    assert (list(page), pages.place(following)) == (places[:2], places[1])
    assert pages.cut(places, 3, lambda place: place) == (places, "")
