"""One browser for all tests of a file, a tab for each of them, and the pages that they open."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner
from wireplan.commands.app import build

from tests.page import chromium

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"
SHOP = """\
system: shop
edges:
  public:
    host: shop.example
    routes: [{path: /pay/, to: pay}, {path: /, to: front}]
services:
  front: {kind: gateway, replicas: 1}
  pay: {serves_http: http2, externals: [bank]}
externals:
  bank: {kind: http, protocol: http2, url: "https://bank.example"}
"""


def written(topology: Path, page: Path, *words: str) -> Path:
    """The page of a topology, as the command writes it."""
    words = ("graph", str(topology), "--html", str(page), *words)
    assert CliRunner().invoke(build(), words, catch_exceptions=False).exit_code == 0
    return page


@pytest.fixture(scope="session")
def tube(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the reference system."""
    return written(TUBE, tmp_path_factory.mktemp("tube") / "tube.html", "--env", "prod")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small system with faults."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "topology.yaml").write_text(SHOP)
    return written(folder, folder / "shop.html")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    """A running browser; where there is none, these tests fail and say how one is had."""
    try:
        with chromium.browser(tmp_path_factory.mktemp("profile")) as running:
            yield running
    except chromium.MissingError as error:
        pytest.fail(str(error))


@pytest.fixture
def page(browser: chromium.Browser) -> chromium.Page:
    """A tab of its own."""
    return chromium.Page(browser)
