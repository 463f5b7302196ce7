"""Copies of a kubeconfig, as the provider leaves them; that none is left after a real run is in tests/cluster/program."""

import json
from pathlib import Path

from wireplan.rim.program import copies

KEY = "LS0tLS1CRUdJTiBFQw=="


def kubeconfig(folder: Path) -> Path:
    users = [{"name": "admin", "user": {"client-certificate-data": "public", "client-key-data": KEY}}]
    file = folder / "kubeconfig"
    file.write_text(json.dumps({"users": users}))
    return file


def test_a_copy_with_the_same_key_goes_and_the_original_stays(tmp_path: Path) -> None:
    ours, copy = kubeconfig(tmp_path), tmp_path / "kubeconfig3141592653"
    copy.write_text(f"users:\n- name: admin\n  user:\n    client-key-data: {KEY}\n")
    assert copies.remove(ours, tmp_path) == [copy]
    assert list(tmp_path.iterdir()) == [ours]


def test_a_file_with_another_key_stays_and_so_does_one_of_another_name(tmp_path: Path) -> None:
    ours, folder = kubeconfig(tmp_path), tmp_path / "temporary"
    folder.mkdir()
    (folder / "kubeconfig27").write_text("client-certificate-data: public\nclient-key-data: another\n")
    (folder / "kubeconfig28").write_bytes(b"\xff\xfe")
    (folder / "notes").write_text(KEY)
    assert copies.remove(ours, folder) == []
    assert len(list(folder.iterdir())) == 3


def test_without_a_kubeconfig_nothing_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig27").write_text("")
    assert copies.remove(tmp_path / "nowhere", tmp_path) == []
    assert (tmp_path / "kubeconfig27").is_file()
