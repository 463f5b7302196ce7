"""The embedded cluster, once for all tests below: the running one, or one that is brought up and taken down again."""

import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from wireplan.rim import cluster as embedded
from wireplan.rim import home
from wireplan.rim.cluster import Cluster
from wireplan.rim.cluster.layout import Layout

HERE = Path(__file__).parent
NAME = os.environ.get("WIREPLAN_CLUSTER", "local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder is marked `cluster`, and comes after what needs no cluster."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.cluster)
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


@pytest.fixture(scope="session", autouse=True)
def cluster() -> Iterator[Cluster]:
    """The running cluster. One that was not up before is down afterwards, its data kept, once nobody tests on it any more."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("the embedded cluster needs root on Linux")
    with (home.cache() / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        was_up = embedded.status(NAME).state not in {"absent", "down"}
        yield embedded.up(NAME)
        if not was_up:
            fcntl.flock(lock, fcntl.LOCK_EX)
            embedded.down(NAME)


@pytest.fixture(scope="session")
def layout() -> Layout:
    """Where that cluster is."""
    return Layout(NAME)
