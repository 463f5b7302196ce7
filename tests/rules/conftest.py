"""A topology written in a test, loaded as `wireplan validate` loads it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from wireplan.findings import Finding
from wireplan.rim.sources import sources
from wireplan.rules.check import check
from wireplan.topology.types import Topology

Check = Callable[..., list[Finding]]


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Topology]:
    """The Topology of a text, and of contracts; the loader must have nothing to say about it."""

    def loaded(text: str, proto: str = "") -> Topology:
        file = tmp_path / "topology.yaml"
        if proto:
            (tmp_path / "protos").mkdir(exist_ok=True)
            (tmp_path / "protos" / "contracts.proto").write_text(proto)
        file.write_text(text)
        found = sources(file)
        assert found.findings == ()
        assert found.topology is not None
        return found.topology

    return loaded


@pytest.fixture
def find(load: Callable[..., Topology]) -> Check:
    """What the rules find in a text."""

    def found(text: str, profile: str = "prod", today: date | None = None, proto: str = "") -> list[Finding]:
        return check(load(text, proto), profile=profile, today=today)

    return found
