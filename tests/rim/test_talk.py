"""What a person is told of where the time went."""

import pytest
from wireplan.rim import talk
from wireplan.rim.talk import Times


def test_the_time_of_a_step_within_another_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 11.0, 15.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    monkeypatch.setattr(talk, "TIMES", Times())
    with talk.step("kubeconform"), talk.step("go"):
        pass
    assert talk.TIMES.steps == [("go", 10.0), ("kubeconform", 5.0)]
    assert talk.TIMES.table().splitlines()[-1].split() == ["15.0", "s", "in", "all"]
