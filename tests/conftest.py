"""What every test may use: golden files; how Hypothesis draws; and what runs first."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, and no deadline: a machine may be busy.
settings.register_profile("wireplan", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("wireplan")

GOLDENS = Path(__file__).parent / "goldens"

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-goldens` rewrites golden files instead of comparing."""
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write golden files anew; read the diff before you commit it",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes seconds runs before what takes minutes."""
    items.sort(
        key=lambda item: [item.get_closest_marker(slow) is not None for slow in ("cluster", "workspace")]
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden("topology/tube.json", text)`: the text is what tests/goldens/topology/tube.json holds."""

    def same(name: str, text: str) -> None:
        file = GOLDENS / name
        if request.config.getoption("--update-goldens"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        assert file.is_file(), f"{file} is not there: run pytest with --update-goldens"
        assert text == file.read_text(), (
            f"{file} differs: run pytest with --update-goldens, and read the diff"
        )

    return same
