"""What a person most likely meant, among few names and among very many."""

import pytest
from wireplan.load.limits import LETTERS, NAMES
from wireplan.load.nearest import meant

FEW = ["upload", "catalog", "rate-limit"]
MANY = [f"service-{number:04}" for number in range(4 * NAMES)]


@pytest.mark.parametrize(
    ("word", "name"),
    [("uplod", "upload"), ("pload", "upload"), ("Rate_Limit", "rate-limit"), ("zzz", None), ("", None)],
)
def test_the_nearest_of_a_few_names_is_meant(word: str, name: str | None) -> None:
    assert meant(word, FEW) == name


@pytest.mark.parametrize(
    ("word", "name"),
    [("service-0123x", "service-0123"), ("Service_1999", "service-1999"), ("zzz", None), ("aaa", None)],
)
def test_of_very_many_names_those_around_the_word_are_looked_at(word: str, name: str | None) -> None:
    assert meant(word, MANY) == name
    assert meant(word, reversed(MANY)) == name


def test_what_is_too_long_to_be_a_name_is_not_looked_for() -> None:
    assert meant("u" * LETTERS, ["u" * LETTERS]) is not None
    assert meant("u" * (LETTERS + 1), ["u" * LETTERS]) is None
