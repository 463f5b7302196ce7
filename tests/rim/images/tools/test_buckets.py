"""What the buckets Job does."""

from wireplan.rim.images.tools.buckets import line, plan


def test_only_missing_buckets_are_made() -> None:
    """And one that is named twice is made once."""
    assert plan(["originals", "renditions", "originals"], {"renditions"}) == [
        ("originals", True),
        ("renditions", False),
    ]


def test_buckets_that_nobody_wants_stay() -> None:
    """They do not occur in the plan."""
    assert plan([], {"someone-elses"}) == []


def test_each_bucket_has_a_line() -> None:
    """The Job's log says what was done."""
    assert [line("a", True), line("b", False)] == ["bucket a: created", "bucket b: unchanged"]
