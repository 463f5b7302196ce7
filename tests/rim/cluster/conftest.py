"""A layout whose folders are the test's own."""

from pathlib import Path

import pytest
from wireplan.rim.cluster.layout import Layout


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setenv("WIREPLAN_CLUSTERS", str(tmp_path / "clusters"))
    monkeypatch.setenv("WIREPLAN_RUN", str(tmp_path / "run"))
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "home"))
    return Layout("local")
