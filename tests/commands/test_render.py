"""`wireplan render`: the objects as YAML."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from wireplan.commands.render import render
from wireplan.manifests.objects import bodies, objects
from wireplan.rim import rendering, sources
from wireplan.rim.sources import Faulty
from wireplan.rim.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
TUBE = ROOT / "stacks" / "tube"


def test_the_files_hold_the_very_objects(tmp_path: Path) -> None:
    images = tmp_path / "images.json"
    images.write_text(json.dumps({"upload": "registry.example/upload:1"}))
    render(TUBE, env="prod", out=tmp_path / "out", images=images)
    texts = [path.read_text() for path in sorted((tmp_path / "out").glob("*.yaml"))]
    found = [body for text in texts for body in yaml.load_all(text, Loader=yaml.CSafeLoader)]
    topology = sources.topology(TUBE / "topology.yaml", "prod")
    wanted = bodies(objects(topology, {"upload": "registry.example/upload:1"}))
    assert sorted(found, key=json.dumps) == sorted(wanted, key=json.dumps)


def test_a_second_render_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    render(TUBE, env="local", out=tmp_path, images=None)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    capsys.readouterr()
    render(TUBE, env="local", out=tmp_path, images=None)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before
    assert "0 written" in capsys.readouterr().err


def test_stdout_is_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    render(TUBE, env="local", out=None, images=None)
    bodies_ = list(yaml.load_all(capsys.readouterr().out, Loader=yaml.CSafeLoader))
    assert bodies_[0]["kind"] == "Namespace"
    assert len(bodies_) > 100


def test_it_needs_no_kubeconfig_and_no_heavy_package() -> None:
    heavy = ("pulumi", "kubernetes", "jinja2", "cryptography")
    code = (
        "import sys; from pathlib import Path; from wireplan.commands.render import render;"
        f"render(Path({str(TUBE)!r}), env='local', out=None, images=None);"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    env = {**os.environ, "KUBECONFIG": "/nowhere", "PYTHONPATH": str(ROOT / "infra")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]")


def test_a_faulty_topology_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "topology.yaml"
    file.write_text("wireplan: 1\nsystem: a\nservices:\n  b: {calls: [c]}\n")
    (tmp_path / "local.yaml").write_text("environment: {name: local}\n")
    with pytest.raises(Faulty):
        render(file, env="local", out=tmp_path / "out", images=None)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["[]", "{", '{"upload": 1}'])
def test_images_that_are_no_mapping_are_told(tmp_path: Path, text: str) -> None:
    images = tmp_path / "images.json"
    images.write_text(text)
    with pytest.raises(Trouble, match=r"images\.json"):
        render(TUBE, env="local", out=tmp_path / "out", images=images)


def test_stale_files_go_if_they_are_ours(tmp_path: Path) -> None:
    rendering.write(tmp_path, {"a.yaml": "a\n", "b.yaml": "b\n", "c.yaml": "c\n"})
    (tmp_path / "mine.yaml").write_text("mine\n")
    (tmp_path / "b.yaml").write_text("edited\n")
    done = rendering.write(tmp_path, {"c.yaml": "c\n"})
    assert (done.removed, done.kept, done.changed, done.same) == (("a.yaml",), ("b.yaml",), (), 1)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"b.yaml", "c.yaml", "mine.yaml", rendering.INVENTORY}


def test_an_inventory_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    folder = tmp_path / "out"
    folder.mkdir()
    held = {"../victim": rendering.digest(b"x"), str(victim): rendering.digest(b"x")}
    (folder / rendering.INVENTORY).write_text(json.dumps(held))
    rendering.write(folder, {"a.yaml": "a\n"})
    assert victim.is_file()


def test_a_damaged_inventory_is_told(tmp_path: Path) -> None:
    (tmp_path / rendering.INVENTORY).write_text("{")
    with pytest.raises(Trouble, match="is damaged"):
        rendering.write(tmp_path, {"a.yaml": "a\n"})
