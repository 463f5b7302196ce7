"""Which images a stack uses is sorted out, and written down for the program that makes its objects."""

import json
from pathlib import Path

import pytest
from wireplan.rim.images import stack
from wireplan.rim.images.recipes import RECIPES
from wireplan.rim.trouble import Trouble


def test_no_names_mean_everything() -> None:
    """All system images, all services, and the Jobs' image."""
    assert stack.wanted([], ["auth", "upload"]) == stack.Wanted(tuple(RECIPES), ("auth", "upload", "tools"))


def test_names_are_services_or_system_images() -> None:
    """Only what was named is built."""
    assert stack.wanted(["kafka", "upload", "tools"], ["auth", "upload"]) == stack.Wanted(
        ("kafka",), ("upload", "tools")
    )


def test_a_name_that_is_neither_is_answered_with_a_near_one() -> None:
    """Near ones of both kinds."""
    with pytest.raises(Trouble, match='"uplaod"; did you mean upload'):
        stack.wanted(["uplaod"], ["auth", "upload"])


def test_what_was_not_built_now_stays_in_the_file(tmp_path: Path) -> None:
    """`images build upload` must not forget the others."""
    stack.note(tmp_path, "local", {"auth": "a@sha256:1", "upload": "u@sha256:1"})
    path = stack.note(tmp_path, "local", {"upload": "u@sha256:2"})
    assert path.name == "images.local.json"
    assert json.loads(path.read_text()) == {"auth": "a@sha256:1", "upload": "u@sha256:2"}
