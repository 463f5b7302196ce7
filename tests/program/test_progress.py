"""The engine's events as lines for a person."""

from types import SimpleNamespace
from typing import Any

from wireplan.rim.program.progress import Progress, short, title

BASE = "urn:pulumi:local::tube::wireplan:service:Service"
UPLOAD = f"{BASE}$kubernetes:apps/v1:Deployment::upload"


def event(**parts: Any) -> Any:
    names = ("resource_pre_event", "res_outputs_event", "res_op_failed_event", "diagnostic_event")
    return SimpleNamespace(**{name: parts.get(name) for name in names})


def step(operation: str, urn: str) -> Any:
    metadata = SimpleNamespace(op=SimpleNamespace(value=operation), urn=urn, old=None, new=None)
    return SimpleNamespace(metadata=metadata)


def said(urn: str, message: str, severity: str = "info") -> Any:
    return event(diagnostic_event=SimpleNamespace(urn=urn, message=message, severity=severity))


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def listening() -> tuple[Progress, list[str], Clock]:
    lines: list[str] = []
    clock = Clock()
    return Progress(lines.append, clock, last=clock.time), lines, clock


def test_an_object_is_told_when_it_is_done() -> None:
    progress, lines, clock = listening()
    progress.event(event(resource_pre_event=step("create", UPLOAD)))
    clock.time += 12.3
    progress.event(event(res_outputs_event=step("create", UPLOAD)))
    assert lines == [f"  + {'Deployment upload':48}   12.3 s"]


def test_what_stays_the_same_and_what_is_no_object_is_not_told() -> None:
    progress, lines, _ = listening()
    for operation, urn in (
        ("same", UPLOAD),
        ("create", f"{BASE}::upload"),
        ("create", "urn:pulumi:local::tube::pulumi:pulumi:Stack::x"),
    ):
        progress.event(event(resource_pre_event=step(operation, urn)))
        progress.event(event(res_outputs_event=step(operation, urn)))
    assert lines == []
    assert progress.counts == {"same": 1, "create": 2}


def test_silence_is_explained() -> None:
    progress, lines, clock = listening()
    progress.event(event(resource_pre_event=step("create", UPLOAD)))
    progress.event(said(UPLOAD, "Waiting for app ReplicaSet\n(0/2 Pods available)"))
    progress.tick()
    assert lines == []
    clock.time += 20
    progress.tick()
    progress.tick()
    assert lines == ["    waiting for Deployment upload (Waiting for app ReplicaSet (0/2 Pods available))"]


def test_errors_are_kept() -> None:
    progress, lines, _ = listening()
    progress.event(event(resource_pre_event=step("create", UPLOAD)))
    progress.event(said(UPLOAD, "it broke", "error"))
    progress.event(event(res_op_failed_event=step("create", UPLOAD)))
    assert [(one.urn, one.message) for one in progress.failures] == [(UPLOAD, "it broke")]
    assert progress.waiting() == lines == []


def test_words() -> None:
    assert title(UPLOAD) == "Deployment upload"
    assert len(short("x" * 500)) == 100
