"""Features that the service can do without, and whether they are on right now (row F1.4).

Each secondary feature of the service, and each callee that it can do without, has a flag (OpenFeature). It is off
- by hand: the ConfigMap `switches` of the namespace has `<name>: off`. It is mounted where the wiring says, may be absent, and reaches a pod in about a minute;
- by itself, while requests queue for the database's connections: what they do is then left to what cannot be missing;
- by itself, while the breaker of a callee of that name refuses calls; whoever may try the callee finds it on.

`<name>: on` keeps a feature on when requests queue. Whoever has flags elsewhere sets another OpenFeature provider for DOMAIN.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import (  # pyright: ignore[reportMissingTypeStubs] - its py.typed lies a folder too high
    EvaluationContext,
)
from openfeature.flag_evaluation import FlagEvaluationDetails, FlagResolutionDetails, Reason
from openfeature.provider.in_memory_provider import (  # pyright: ignore[reportMissingTypeStubs] - the same
    InMemoryFlag,
    InMemoryProvider,
)

from tube_platform import logs, metrics
from tube_platform.wiring import SwitchesWiring

log = logs.get(__name__)

DOMAIN = "degradation"

LOOK_EVERY = 1.0
"""Seconds for which it is remembered what was switched by hand."""

STRAINED = 0.5
"""Of the requests that may wait for a connection, how many make a strain."""

CALM = 10.0
"""Seconds without strain until features come back: else they would go and come with every burst."""

ON, HAND, STRAIN, BREAKER = "on", "by hand", "strain", "breaker"

type Look = Callable[[], bool]
type Share = Callable[[], float]


@dataclass(slots=True)
class Switches:
    """Says which features are on. `strains` give shares of a limit, 0 to 1; `breakers` whether the callee of a name is refused."""

    wiring: SwitchesWiring
    strains: Sequence[Share] = ()
    clock: Callable[[], float] = time.monotonic
    breakers: dict[str, list[Look]] = field(default_factory=dict[str, list[Look]])
    _by_hand: dict[str, str] = field(default_factory=dict[str, str])
    _looked: float = float("-inf")
    _strained: float = float("-inf")
    _said: dict[str, str] = field(default_factory=dict[str, str])

    def install(self) -> "Features":
        """Answer the flags of this process, and show them among its metrics."""
        flags: dict[str, Any] = {
            name: InMemoryFlag(ON, {ON: True}, context_evaluator=partial(self._resolve, name))
            for name in self.wiring.names
        }
        api.set_provider_and_wait(InMemoryProvider(flags), DOMAIN)
        found = Features(api.get_client(DOMAIN), self)
        for name in self.wiring.names:
            metrics.feature_on.labels(name).set_function(partial(_figure, found, name))
        return found

    def why(self, name: str) -> str:
        """Why a feature is off; ON if it is not."""
        found = self.reason(name)
        if found != self._said.get(name, ON):
            log.warning("feature is on again" if found == ON else "feature is off", feature=name, why=found)
        self._said[name] = found
        return found

    def reason(self, name: str) -> str:
        """The same, said to nobody."""
        by_hand = self._hand().get(name, "")
        if by_hand == "off":
            return HAND
        if by_hand != "on" and self._under_strain():
            return STRAIN
        return BREAKER if any(refused() for refused in self.breakers.get(name, ())) else ON

    def _hand(self) -> dict[str, str]:
        now = self.clock()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            found = {name: _read(Path(self.wiring.folder) / name) for name in self.wiring.names}
            for name, value in found.items():
                if value not in {"", "on", "off", self._by_hand.get(name)}:
                    log.warning("a switch is neither on nor off", switch=name, value=value[:20])
            self._by_hand = found
        return self._by_hand

    def _under_strain(self) -> bool:
        now = self.clock()
        if any(share() >= STRAINED for share in self.strains):
            self._strained = now
        return now - self._strained < CALM

    def _resolve(self, name: str, _: InMemoryFlag[Any], __: EvaluationContext) -> FlagResolutionDetails[bool]:
        why = self.why(name)
        reason = Reason.STATIC if why in {ON, HAND} else Reason.TARGETING_MATCH
        return FlagResolutionDetails(why == ON, reason=reason, variant=why)


@dataclass(frozen=True, slots=True)
class Known:
    """What was answered for a flag, when, and for what reason of ours."""

    reason: str
    at: float
    answer: FlagEvaluationDetails[bool]


class Features:
    """What handlers ask: `if parts.features.on("hints")`.

    Every call of a callee that can be missing asks, too, and an evaluation by OpenFeature costs more than all else that is done for one. So a flag is
    evaluated when our own reason changes, and else once in LOOK_EVERY, which is how late a change is seen that another provider makes.
    """

    def __init__(self, client: OpenFeatureClient, switches: Switches) -> None:
        self._client = client
        self._switches = switches
        self._known: dict[str, Known] = {}

    def on(self, name: str) -> bool:
        """Whether a feature is on. One that nobody knows is."""
        return self._answer(name).value

    def refused(self, name: str) -> str:
        """Why a callee is not to be asked, empty if it may be. Its breaker is another's business, which has to try it from time to time."""
        found = self._answer(name)
        return "" if found.value or found.variant == BREAKER else found.variant or "off"

    def _answer(self, name: str) -> FlagEvaluationDetails[bool]:
        reason, now, known = self._switches.reason(name), self._switches.clock(), self._known.get(name)
        if known is None or known.reason != reason or now - known.at >= LOOK_EVERY:
            known = Known(reason, now, self._client.get_boolean_details(name, True))
            self._known[name] = known
        return known.answer


def _read(file: Path) -> str:
    try:
        return file.read_text().strip().lower()
    except OSError:
        return ""


def _figure(features: Features, name: str) -> float:
    return float(features.on(name))
