"""Official downloads: checked before they are used, and given up soon where the host does not answer."""

import hashlib
import io
import socket
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from wireplan.rim.engines import releases
from wireplan.rim.engines.kinds import Release, machine
from wireplan.rim.engines.releases import UnavailableError
from wireplan.rim.trouble import Trouble


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        pass


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A web server on loopback, and its folder."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def archive(path: Path, files: dict[str, str]) -> str:
    """Write a tar.gz; return its SHA-256."""
    with tarfile.open(path, "w:gz") as opened:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(text), 0o755
            opened.addfile(info, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_program_is_taken_out_of_its_archive(site: tuple[str, Path], target: Path) -> None:
    url, folder = site
    digest = archive(folder / "tool.tgz", {"dist/tool": "#!/bin/sh\n", "dist/README": "no"})
    releases.fetch(
        Release("1", f"{url}/tool.tgz", {machine(): digest}, {"tool": "dist/tool"}), "tool", target
    )
    assert [path.name for path in target.iterdir()] == ["tool"]
    assert (target / "tool").stat().st_mode & 0o111


def test_a_tree_is_kept_whole_and_the_program_in_it_linked(site: tuple[str, Path], target: Path) -> None:
    url, folder = site
    digest = archive(folder / "go.tgz", {"go/bin/go": "#!/bin/sh\n", "go/src/x.go": "package x"})
    release = Release("1", f"{url}/go.tgz", {machine(): digest}, {"tree": "go", "go": "tree/bin/go"})
    releases.fetch(release, "go", target)
    assert (target / "go").resolve() == target / "tree" / "bin" / "go"


def test_a_download_that_is_not_an_archive_is_the_program(site: tuple[str, Path], target: Path) -> None:
    url, folder = site
    (folder / "kubectl").write_bytes(b"program")
    digest = hashlib.sha256(b"program").hexdigest()
    releases.fetch(Release("1", f"{url}/kubectl", {machine(): digest}), "kubectl", target)
    assert (target / "kubectl").read_bytes() == b"program"


def test_another_content_than_the_pinned_one_is_refused_and_not_left_behind(
    site: tuple[str, Path], target: Path
) -> None:
    url, folder = site
    archive(folder / "tool.tgz", {"tool": "changed on the way"})
    with pytest.raises(Trouble) as caught:
        releases.fetch(
            Release("1", f"{url}/tool.tgz", {machine(): "0" * 64}, {"tool": "tool"}), "tool", target
        )
    assert "SHA-256" in caught.value.why
    assert list(target.iterdir()) == []


def test_a_missing_file_leads_to_the_next_way(site: tuple[str, Path], target: Path) -> None:
    with pytest.raises(UnavailableError):
        releases.fetch(Release("1", f"{site[0]}/nothing", {machine(): "0" * 64}), "tool", target)


def test_a_closed_port_leads_to_the_next_way(target: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/tool"
        with pytest.raises(UnavailableError, match="cannot be reached"):
            releases.fetch(Release("1", url, {machine(): "0" * 64}), "tool", target)


def test_a_host_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = threading.Event()

    def never(*_: object) -> socket.socket:
        waiting.wait(30)
        raise TimeoutError

    monkeypatch.setattr(releases, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(socket, "create_connection", never)
    with pytest.raises(UnavailableError, match="no answer"):
        releases.refuse_unreachable("http://silent.invalid/tool")
    waiting.set()


def test_a_machine_without_a_confirmed_checksum_downloads_nothing(target: Path) -> None:
    with pytest.raises(UnavailableError, match="checksum"):
        releases.fetch(Release("1", "http://127.0.0.1:1/never", {"sparc": "0" * 64}), "tool", target)
