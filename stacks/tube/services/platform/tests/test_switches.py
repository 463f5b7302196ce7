"""Features that can be missing: switched off by hand, off under strain, off with the callee's breaker, and on again (row F1.4)."""

from pathlib import Path

import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagResolutionDetails
from openfeature.provider.in_memory_provider import InMemoryProvider
from prometheus_client import REGISTRY

from tube_platform.resilience.switches import (
    CALM,
    DOMAIN,
    LOOK_EVERY,
    STRAINED,
    Features,
    Switches,
)
from tube_platform.wiring import SwitchesWiring


class Bench:
    """Switches, and all they look at."""

    def __init__(self, folder: Path) -> None:
        self.now, self.queue, self.ill = 0.0, 0.0, False
        self.folder = folder
        wiring = SwitchesWiring(("hints", "statistics"), str(folder))
        self.switches = Switches(wiring, [lambda: 0.0, lambda: self.queue], lambda: self.now)
        self.switches.breakers["statistics"] = [lambda: False, lambda: self.ill]
        self.features: Features = self.switches.install()

    def on(self) -> list[str]:
        """Which are on, once the folder is looked at again."""
        self.now += LOOK_EVERY
        return [name for name in ("hints", "statistics") if self.features.on(name)]


ALL = ["hints", "statistics"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """All on, and nobody has made the ConfigMap."""
    found = Bench(tmp_path / "switches")
    assert found.on() == ALL
    return found


def test_a_file_switches_off_and_on_again(bench: Bench) -> None:
    """It comes, changes and goes while the process runs."""
    bench.folder.mkdir()
    switch = bench.folder / "statistics"
    switch.write_text("off\n")
    assert bench.on() == ["hints"]
    assert bench.features.refused("statistics") == "by hand"
    switch.write_text("on")
    assert bench.on() == ALL
    switch.write_text("Off")
    assert bench.on() == ["hints"]
    switch.unlink()
    assert bench.on() == ALL
    assert bench.features.refused("statistics") == ""


def test_a_word_that_means_nothing_switches_nothing(bench: Bench) -> None:
    """A slip of the pen must not take a feature away."""
    bench.folder.mkdir()
    (bench.folder / "hints").write_text("of")
    assert bench.on() == ALL


def test_the_folder_is_not_read_for_every_request(bench: Bench) -> None:
    """What was read counts for a second."""
    bench.folder.mkdir()
    (bench.folder / "hints").write_text("off")
    assert bench.features.on("hints")
    assert bench.on() == ["statistics"]


def test_strain_takes_all_and_calm_gives_them_back(bench: Bench) -> None:
    """After ten seconds without a strain; one in between begins them anew."""
    bench.queue = STRAINED
    assert bench.on() == []
    assert bench.features.refused("statistics") == "strain"
    bench.queue = STRAINED - 0.01
    bench.now += CALM - 2 * LOOK_EVERY
    assert bench.on() == []
    bench.queue = 1.0
    assert bench.on() == []
    bench.queue = 0.0
    bench.now += CALM - 2 * LOOK_EVERY
    assert bench.on() == []
    bench.now += LOOK_EVERY
    assert bench.on() == ALL


def test_what_is_kept_on_by_hand_stays_on_under_strain(bench: Bench) -> None:
    """Who is there knows better."""
    bench.folder.mkdir()
    (bench.folder / "hints").write_text("on")
    bench.queue = 1.0
    assert bench.on() == ["hints"]


def test_a_callee_whose_breaker_is_open_is_off_but_may_be_tried(bench: Bench) -> None:
    """Handlers need not begin what will fail; the breaker itself decides about calls, else it would never close."""
    bench.ill = True
    assert bench.on() == ["hints"]
    assert bench.features.refused("statistics") == ""
    bench.ill = False
    assert bench.on() == ALL


def test_what_nobody_named_is_on(bench: Bench) -> None:
    """A handler that asks for a feature which the topology no longer has goes on."""
    assert bench.features.on("something")


class Counted(InMemoryProvider):
    """The flags of a team that keeps them elsewhere."""

    def __init__(self) -> None:
        super().__init__({})
        self.asked, self.answer = 0, True

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        self.asked += 1
        return FlagResolutionDetails(self.answer, variant="theirs")


@pytest.fixture
def theirs(bench: Bench) -> Counted:
    """Set in place of ours, as docs/resilience.md says."""
    found = Counted()
    api.set_provider_and_wait(found, DOMAIN)
    bench.now += LOOK_EVERY
    return found


def test_another_provider_decides_and_is_seen_within_a_second(bench: Bench, theirs: Counted) -> None:
    """What it says counts, with its own word for it."""
    assert bench.features.refused("statistics") == ""
    theirs.answer = False
    bench.now += LOOK_EVERY
    assert bench.features.refused("statistics") == "theirs"
    assert not bench.features.on("statistics")


def test_a_flag_is_evaluated_when_something_changed_and_not_for_every_call(
    bench: Bench, theirs: Counted
) -> None:
    """Calls ask thousands of times a second; an evaluation costs more than the rest of what is done for one."""
    for _ in range(100):
        bench.features.refused("statistics")
    assert theirs.asked == 1
    bench.ill = True
    for _ in range(100):
        bench.features.refused("statistics")
    assert theirs.asked == 2


def test_a_change_is_seen_at_once(bench: Bench) -> None:
    """However short it lasts: nothing that we know ourselves is remembered."""
    for ill in (True, False, True):
        bench.ill = ill
        assert bench.features.on("statistics") is not ill


def test_the_metric_says_what_is_on(bench: Bench) -> None:
    """Also of a feature that nobody asked for since."""
    labels = {"feature": "hints"}
    assert REGISTRY.get_sample_value("feature_on", labels) == 1
    bench.queue = 1.0
    assert REGISTRY.get_sample_value("feature_on", labels) == 0
