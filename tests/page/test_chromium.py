"""Where there is no browser, its tests do not pass by being left out."""

import shutil

import pytest
from wireplan.rim.engines import packages
from wireplan.rim.engines.kinds import System
from wireplan.rim.engines.releases import UnavailableError

from tests.page import chromium


def test_a_browser_that_is_not_there_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name in installed else None)
    monkeypatch.setattr(packages, "install_system", lambda way: installed.append(way.package))
    assert chromium.program() == "/usr/bin/chromium"


def test_where_it_cannot_be_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(way: System) -> None:
        raise UnavailableError(f"installing the package {way.package} needs root")

    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(packages, "install_system", refused)
    with pytest.raises(chromium.MissingError, match="chromium needs root"):
        chromium.program()
