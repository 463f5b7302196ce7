"""A layer is the same bytes for the same content."""

import io
import os
import tarfile
from pathlib import Path

from wireplan.rim.images.layers import Entry, pack, repack, tree


def packed(*entries: Entry) -> bytes:
    out = io.BytesIO()
    pack(entries, out)
    return out.getvalue()


def listing(layer: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        return {info.name: info for info in archive}


def test_the_same_files_in_another_order_with_other_times_make_the_same_layer(tmp_path: Path) -> None:
    """Digests repeat, so nothing is pushed or pulled again that did not change."""
    for name, stamp in (("one", 1_000_000), ("two", 2_000_000)):
        (tmp_path / name / "sub").mkdir(parents=True)
        for file in ("b.py", "a.py", "sub/c.py"):
            path = tmp_path / name / file
            path.write_text(file)
            os.utime(path, (stamp, stamp))
    first = packed(*tree(tmp_path / "one", "app"))
    second = packed(*reversed(list(tree(tmp_path / "two", "app"))))
    assert first == second


def test_every_folder_on_the_way_is_written_once_and_belongs_to_root(tmp_path: Path) -> None:
    """A runtime would otherwise make the missing folders with whatever mode it likes."""
    names = listing(packed(Entry("/app/src/x/y.py", b"1"), Entry("app/src/z.py", b"2")))
    assert list(names) == ["app", "app/src", "app/src/x", "app/src/x/y.py", "app/src/z.py"]
    assert {(info.uid, info.gid, info.mtime, info.uname) for info in names.values()} == {(0, 0, 0, "")}
    assert names["app/src"].mode == 0o755


def test_only_the_executable_bit_of_a_mode_counts(tmp_path: Path) -> None:
    """A checkout under umask 077 builds the same image."""
    (tmp_path / "run").write_text("#!/bin/sh")
    (tmp_path / "run").chmod(0o700)
    (tmp_path / "data").write_text("x")
    (tmp_path / "data").chmod(0o600)
    modes = {entry.path: entry.mode for entry in tree(tmp_path, "bin")}
    assert modes == {"bin/run": 0o755, "bin/data": 0o644}


def test_byte_code_and_virtual_environments_stay_out(tmp_path: Path) -> None:
    """They differ from machine to machine."""
    for path in ("pkg/__pycache__/a.cpython-313.pyc", ".venv/lib/x.py", "pkg/a.py", "pkg/stale.pyc"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    assert [entry.path for entry in tree(tmp_path, "app")] == ["app/pkg/a.py"]


def test_symbolic_links_stay_links(tmp_path: Path) -> None:
    """Links to files and to folders are kept as they are written."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f").write_text("x")
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "file").symlink_to("real/f")
    names = listing(packed(*tree(tmp_path, "x")))
    assert (names["x/folder"].linkname, names["x/file"].linkname) == ("real", "real/f")


def test_the_last_of_two_entries_with_one_path_counts() -> None:
    """A layer may be laid over defaults."""
    layer = packed(Entry("etc/motd", b"old"), Entry("/etc/motd", b"new"))
    assert listing(layer)["etc/motd"].size == 3
    assert layer.count(b"new") == 1
    assert b"old" not in layer


def test_a_foreign_archive_is_slimmed_and_loses_its_times() -> None:
    """What a root file system needs for its package manager only is left out; added files win over its own."""
    source = io.BytesIO()
    with tarfile.open(fileobj=source, mode="w") as archive:
        for path in ("./", "./usr/", "./usr/bin/tool", "./usr/share/doc/tool", "./etc/passwd"):
            info = tarfile.TarInfo(path)
            info.type = tarfile.DIRTYPE if path.endswith("/") else tarfile.REGTYPE
            info.mtime, info.uname = 1_700_000_000, "builder"
            archive.addfile(info)
        hard = tarfile.TarInfo("./usr/bin/tool2")
        hard.type, hard.linkname = tarfile.LNKTYPE, "./usr/bin/tool"
        archive.addfile(hard)
    source.seek(0)
    out = io.BytesIO()
    repack(
        source, out, lambda path: not path.startswith("usr/share/doc"), [Entry("etc/passwd", b"root:x:0:0\n")]
    )
    names = listing(out.getvalue())
    assert list(names) == ["usr", "usr/bin/tool", "usr/bin/tool2", "etc/passwd"]
    assert names["etc/passwd"].size == 11
    assert names["usr/bin/tool2"].linkname == "usr/bin/tool"
    assert {(info.mtime, info.uname) for info in names.values()} == {(0, "")}
