"""What is found while somebody types is what `wireplan validate` finds in the same files."""

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wireplan.report.run import Seen
from wireplan.rim import validation
from wireplan.rim.language_server.desk import Desk
from wireplan.rim.language_server.files import Files
from wireplan.topology.types import Topology

from tests.editor.conftest import LOCAL, PROTO, SHOP

EDITS = [
    ("topology.yaml", "deadline: 2s", "deadline: 9s"), ("topology.yaml", "deadline: 2s", "deadlin: 2s"),
    ("topology.yaml", "methods: [Get]", "methods: [Gte]"), ("topology.yaml", "owner: orders", "owner: nobody"),
    ("topology.yaml", "services:\n", "services:\n  # more\n\n"), ("topology.yaml", "kind: gateway", "kind: [gateway"),
    ("topology.yaml", "    database: orders\n", ""), ("topology.yaml", "instances: 3", "instances: 1"),
    ("topology.yaml", "message: shop.v1.Placed, key: id}\n  order.paid", "message: shop.v1.Paced, key: id}\n  order.paid"),
    ("topology.yaml", "budget: 3s", "budget: 1s"), ("topology.yaml", "group: billing", "group: stock"),
    ("topology.yaml", "tried}\n  - {allow: KAF001", "tried}\n  - {allow: KAF002"), ("topology.yaml", "'stock'", "orders"),
    ("topology.yaml", "steps: [{pay", "steps: [{pay: {call: gateway.Get}}, {pay"),
    ("local.yaml", "replicas: 1", "replicas: 4"), ("local.yaml", "replicas: 1", "replicas: many"),
    ("local.yaml", "profile: dev", "profile: prod"), ("local.yaml", "caches: {fast: {memory: 64Mi}}", "caches: {fast: null}"),
    ("local.yaml", "services:\n", "services: {\n"), ("prod.yaml", "", "environment: {}\ndefaults: {calls: {retry: 4}}\n"),
    ("prod.yaml", "retry: 4", "deadline: 20s"),
]  # fmt: skip


def typed(texts: dict[str, str], edit: tuple[str, str, str]) -> None:
    """One edit, or the way back from it."""
    name, old, new = edit
    text = texts.get(name, "")
    before, after = (old, new) if old in text else (new, old)
    texts[name] = text.replace(before, after, 1) if before else after


def found(desk: Desk) -> list[Seen]:
    """What a check of the desk comes to."""
    for _ in desk.check():
        pass
    return list(desk.seen)


def told(folder: Path) -> list[Seen]:
    """What `wireplan validate` finds."""
    return validation.validate(folder / "topology.yaml").seen()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.integers(0, len(EDITS) - 1), min_size=1, max_size=6))
def test_what_is_found_while_typing_is_what_validate_finds(
    edits: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "home"))
    for old in tmp_path.glob("*.yaml"):
        old.unlink()
    texts = {"topology.yaml": SHOP, "local.yaml": LOCAL}
    write(tmp_path, texts | {"protos/shop.proto": PROTO})
    files = Files()
    desk = Desk(str(tmp_path / "topology.yaml"), files)
    assert found(desk) == told(tmp_path)
    for edit in edits:
        typed(texts, EDITS[edit])
        files.buffers = {str(tmp_path / name): text for name, text in texts.items()}
        now = found(desk)
        write(tmp_path, texts)
        assert now == told(tmp_path)


def test_each_edit_and_its_way_back_find_what_validate_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "home"))
    texts = {"topology.yaml": SHOP, "local.yaml": LOCAL}
    write(tmp_path, texts | {"protos/shop.proto": PROTO})
    desk = Desk(str(tmp_path / "topology.yaml"), Files())
    seen: set[str] = set()
    for edit in EDITS:
        for _ in range(2):
            typed(texts, edit)
            write(tmp_path, texts)
            now = found(desk)
            assert now == told(tmp_path), edit
            seen.update(each.finding.code for each in now)
    assert {"YML016", "YML020", "YML030", "YML032", "RPC004", "WAI001"} <= seen


def test_what_was_found_before_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cycle collector rests while we check, so nothing may need it: an editor is open for days."""
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "home"))
    texts = {"topology.yaml": SHOP, "local.yaml": LOCAL}
    write(tmp_path, texts | {"protos/shop.proto": PROTO})
    desk = Desk(str(tmp_path / "topology.yaml"), Files())
    gc.collect()
    gc.disable()
    try:
        for budget in ("3s", "4s", "5s", "6s"):
            write(tmp_path, {"topology.yaml": SHOP.replace("budget: 3s", f"budget: {budget}")})
            found(desk)
        living = [each for each in gc.get_objects() if isinstance(each, Topology) and each.file == desk.file]
    finally:
        gc.enable()
    assert living == [desk.topologies["local"]]


def test_a_service_that_is_gone_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "home"))
    write(
        tmp_path,
        {"topology.yaml": "system: s\nservices: {a: {serves_http: http2}, b: {serves_http: http2}}\n"},
    )
    desk = Desk(str(tmp_path / "topology.yaml"), Files())
    found(desk)
    write(tmp_path, {"topology.yaml": "system: s\nservices: {b: {serves_http: http2}}\n"})
    found(desk)
    assert [name for _, name in desk.resolved.services] == ["b"]


def write(folder: Path, texts: dict[str, str]) -> None:
    """Files of a folder."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
