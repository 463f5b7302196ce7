"""Versions of contracts: what a change asks for, and what is enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.changes.contracts import Complaint
from wireplan.changes.versions import Release, Step, Version, step, tag, tagged, version

SAID = (Complaint("FIELD_NO_DELETE", "gone", "a.proto", (1, 1, 1, 1)),)
VERSIONS = st.builds(Version, *[st.integers(0, 20)] * 3)


@pytest.mark.parametrize(("broken", "new", "same", "asked"), [
    ((), (), True, Step.NONE),
    ((), (), False, Step.PATCH),  # a comment
    ((), SAID, False, Step.MINOR),
    (SAID, (), False, Step.MAJOR),
    (SAID, SAID, False, Step.MAJOR),
])  # fmt: skip
def test_what_breaks_asks_for_the_first_number_and_what_is_new_for_the_second(
    broken: tuple[Complaint, ...], new: tuple[Complaint, ...], same: bool, asked: Step
) -> None:
    assert step(broken, new, same=same) is asked


@pytest.mark.parametrize(("before", "asked", "least"), [
    ("1.4.2", Step.NONE, "1.4.2"), ("1.4.2", Step.PATCH, "1.4.3"),
    ("1.4.2", Step.MINOR, "1.5.0"), ("1.4.2", Step.MAJOR, "2.0.0"),
    ("0.4.2", Step.PATCH, "0.4.3"), ("0.4.2", Step.MINOR, "0.4.3"), ("0.4.2", Step.MAJOR, "0.5.0"),
])  # fmt: skip
def test_the_least_version_that_will_do(before: str, asked: Step, least: str) -> None:
    assert str(version(before).after(asked)) == least


@given(VERSIONS, st.sampled_from(Step))
def test_a_step_goes_forward_and_a_larger_one_at_least_as_far(before: Version, asked: Step) -> None:
    assert (before.after(asked) > before) is (asked is not Step.NONE)
    assert all(before.after(smaller) <= before.after(asked) for smaller in Step if smaller <= asked)


@pytest.mark.parametrize(("written", "enough"), [("1.5.0", False), ("2.0.0", True), ("2.3.1", True)])
def test_a_version_may_go_further_than_the_change(written: str, enough: bool) -> None:
    assert Release("p", version(written), version("1.4.2"), Step.MAJOR).enough is enough


def test_the_first_version_is_enough_whatever_it_is() -> None:
    assert Release("p", version("0.1.0")).enough


@given(st.lists(VERSIONS, unique=True))
def test_tags_of_a_package_are_its_versions_in_order_as_numbers(written: list[Version]) -> None:
    strange = ["v9.9.9", "shop-v1", "other-shop-v9.9.9", "shop-v1.2.3-rc1"]
    assert tagged("shop", [*strange, *(tag("shop", each) for each in written)]) == sorted(written)
