"""What every test may use: golden files; how Hypothesis draws; and what runs first."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# The same examples in every run, and no deadline: a machine may be busy.
settings.register_profile("wireplan", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("wireplan")

GOLDENS = Path(__file__).parent / "goldens"
LONG = ("tube", "cluster", "workspace", "thorough")
"""Marks of tests that take their time, the longest first."""
ON_ONE_SYSTEM = ("tests/cluster/tube/", "tests/cluster/")

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-goldens` and `--update-docs` write anew what is otherwise compared."""
    parser.addoption(
        "--update-docs",
        action="store_true",
        help="write the generated parts of docs/ and of the examples' READMEs anew",
    )
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write golden files anew; read the diff before you commit it",
    )


class InGroups(LoadScopeScheduling):
    """Where several processes run the tests, a group stays in one of them and in its order: a file, or all tests on one system."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in ON_ONE_SYSTEM if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InGroups:
    """The groups in the order of the tests, as below: not the largest ones first."""
    config.option.loadscopereorder = False
    return InGroups(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes seconds runs before what takes minutes; but where several processes share the work, the longest is begun first."""
    together = hasattr(config, "workerinput")

    def late(item: pytest.Item) -> list[bool]:
        marked = (item.get_closest_marker(name) is not None for name in LONG)
        return [here is not together for here in marked]

    items.sort(key=late)


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
