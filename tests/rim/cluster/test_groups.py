"""Control groups of both versions, on folders that look like them: what is written, and what is said when the kernel refuses."""

import errno
from pathlib import Path

import pytest
from wireplan.rim.cluster import groups
from wireplan.rim.trouble import Trouble

Written = list[tuple[str, str]]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(groups, "ROOT", tmp_path)
    monkeypatch.setattr(groups, "hierarchies", lambda: [tmp_path])
    return tmp_path


@pytest.fixture
def written(root: Path, monkeypatch: pytest.MonkeyPatch) -> Written:
    """What is written into the groups' files, which stay as they are, as the kernel's do."""
    found: Written = []
    monkeypatch.setattr(
        Path, "write_text", lambda path, text: found.append((str(path.relative_to(root)), text))
    )
    return found


def version_2(folder: Path, controllers: str, handed_down: str = "", *, top: bool = False) -> None:
    """A group as the kernel shows it."""
    files = {"cgroup.controllers": controllers, "cgroup.subtree_control": handed_down, "cgroup.procs": ""}
    # An empty one means every processor; the root group has none at all.
    files |= {} if top else {"cpuset.cpus": "", "cpuset.mems": ""}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        with (folder / name).open("w") as out:
            out.write(text)


def test_on_version_2_a_group_is_made_with_what_a_kubelet_asks_of_it(root: Path, written: Written) -> None:
    version_2(root, "cpuset cpu io memory hugetlb pids rdma misc", "cpu memory pids", top=True)
    version_2(root / "ours", "cpuset cpu memory hugetlb pids")
    assert groups.make("ours/control") == [root / "ours" / "control"]
    assert [text for name, text in written if name == "cgroup.subtree_control"] == ["+cpuset", "+hugetlb"]
    assert {text for name, text in written if name == "ours/cgroup.subtree_control"} == {
        "+cpu", "+cpuset", "+hugetlb", "+memory", "+pids",
    }  # fmt: skip
    assert not any("cpuset.cpus" in name for name, _ in written), "that is what version 1 needs"


def test_on_version_1_the_processors_are_taken_over_from_above(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "hierarchies", lambda: [root / "cpuset"])
    for folder, processors in ((root / "cpuset", "0-1\n"), (root / "cpuset" / "ours", "\n")):
        folder.mkdir()
        (folder / "cpuset.cpus").write_text(processors)
    groups.make("ours")
    assert (root / "cpuset" / "ours" / "cpuset.cpus").read_text() == "0-1\n"


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.EBUSY, "cgroup.procs"), (errno.EINVAL, "--provider")], ids=["busy", "other"]
)
def test_a_controller_that_is_not_handed_down_is_told_with_the_way_out(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    version_2(root, "cpu memory", top=True)

    def refuse(path: Path, text: str) -> int:
        raise OSError(number, "as the kernel says")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(Trouble, match="hand down cpu") as caught:
        groups.make("ours")
    assert caught.value.why
    assert advice in caught.value.fix


def test_groups_for_reading_only_are_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(Trouble, match="Read-only") as caught:
        groups.make("ours")
    assert "--provider" in caught.value.fix
