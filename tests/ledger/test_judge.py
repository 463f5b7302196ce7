"""The judge, on hand-made histories: one that holds, one for each way to break a promise, one for each reason to know nothing."""

from dataclasses import replace

import pytest

from tests.cluster.judge import BROKEN, HELD, UNKNOWN, Demand, Effects, Fault, Reading, Verdict, judge
from tests.cluster.ledger import FAIL, INFO, OK, Op

PLACES = ("processing", "catalog", "statistics", "notifications")
QUIET = (Reading(at=100, unsent=0, lag=0, rows=12), Reading(at=106, unsent=0, lag=0, rows=12))
KILL = Fault("pod upload-1 killed", began=10, healed=20, before="uid-1", after="uid-2")


def op(number: int, state: str = OK, at: float | None = None) -> Op:
    """Upload `number`: film-N, answered at N unless said otherwise."""
    when = float(number) if at is None else at
    return Op(f"op-{number}", when - 0.5, when, state, f"film-{number}", "")


OPS = (op(1), op(15), op(30))


def effects(*numbers: int) -> Effects:
    """Each film once in every place, and playable."""
    films = [f"film-{number}" for number in numbers]
    return Effects({place: dict.fromkeys(films, 1) for place in PLACES}, frozenset(films))


def without(found: Effects, place: str, film: str) -> Effects:
    """The same, but `film` has no row in `place`."""
    rows = {
        name: {key: count for key, count in held.items() if (name, key) != (place, film)}
        for name, held in found.rows.items()
    }
    return replace(found, rows=rows)


def twice(found: Effects, place: str, film: str) -> Effects:
    """The same, but `film` has two rows in `place`."""
    return replace(found, rows={**found.rows, place: {**found.rows[place], film: 2}})


def held(verdict: Verdict) -> bool:
    """No shadow on it."""
    return verdict.result == HELD and not verdict.doubts


def test_every_acknowledged_film_is_there_once() -> None:
    verdict = judge(OPS, effects(1, 15, 30), QUIET, [KILL])
    assert held(verdict)
    assert verdict.figures == {
        "attempted": 3,
        "acknowledged": 3,
        "failed": 0,
        "unknown": 0,
        "attempts again": 0,
        "longest gap": 15.0,
    }


@pytest.mark.parametrize("there", [(1, 15, 30), (1, 15, 30, 16)])
def test_an_unknown_operation_may_have_happened_or_not(there: tuple[int, ...]) -> None:
    assert held(judge([*OPS, op(16, INFO)], effects(*there), QUIET, [KILL]))


def test_an_acknowledged_film_that_does_not_play_is_lost() -> None:
    found = effects(1, 15, 30)
    verdict = judge(OPS, replace(found, playable=found.playable - {"film-15"}), QUIET, [KILL])
    assert (verdict.result, verdict.lost) == (BROKEN, ("film-15",))
    assert "lost: film-15" in str(verdict)


@pytest.mark.parametrize("place", PLACES)
def test_a_film_without_its_row_in_one_service_is_lost(place: str) -> None:
    verdict = judge(OPS, without(effects(1, 15, 30), place, "film-30"), QUIET, [KILL])
    assert (verdict.result, verdict.lost) == (BROKEN, ("film-30",))


def test_a_real_film_in_the_dead_letter_topic_is_lost() -> None:
    verdict = judge(OPS, replace(effects(1, 30), dead=frozenset({"film-15"})), QUIET, [KILL])
    assert (verdict.result, verdict.lost) == (BROKEN, ("film-15",))


def test_loss_needs_no_fault_to_be_loss() -> None:
    assert judge(OPS, effects(1, 15), QUIET).result == BROKEN


@pytest.mark.parametrize("place", PLACES)
def test_a_second_row_is_a_duplicate(place: str) -> None:
    verdict = judge(OPS, twice(effects(1, 15, 30), place, "film-1"), QUIET, [KILL])
    assert (verdict.result, verdict.duplicated) == (BROKEN, (f"film-1 (2 in {place})",))


def test_the_second_row_of_an_unknown_operation_is_a_duplicate_too() -> None:
    found = twice(effects(1, 15, 30, 16), "statistics", "film-16")
    assert judge([*OPS, op(16, INFO)], found, QUIET, [KILL]).result == BROKEN


def test_an_effect_that_nobody_attempted_is_a_phantom() -> None:
    verdict = judge(OPS, effects(1, 15, 30, 99), QUIET, [KILL])
    assert (verdict.result, verdict.phantom) == (BROKEN, ("film-99",))


def test_an_effect_of_what_was_refused_is_an_aborted_one() -> None:
    verdict = judge([*OPS, op(16, FAIL)], effects(1, 15, 30, 16), QUIET, [KILL])
    assert (verdict.result, verdict.aborted) == (BROKEN, ("film-16",))


def test_a_duplicate_is_wrong_even_while_the_system_is_busy() -> None:
    assert judge(OPS, twice(effects(1, 15, 30), "catalog", "film-1"), [], [KILL]).result == BROKEN


def test_an_empty_run_shows_nothing() -> None:
    assert judge([], effects(), QUIET, [KILL]).result == UNKNOWN
    assert judge([], effects(), QUIET).result == UNKNOWN


def test_a_run_of_unknown_operations_shows_nothing() -> None:
    assert judge([op(1, INFO), op(15, INFO), op(30, INFO)], effects(), QUIET, [KILL]).result == UNKNOWN


@pytest.mark.parametrize(
    "fault", [replace(KILL, after="uid-1"), replace(KILL, before=""), replace(KILL, after="")]
)
def test_a_fault_without_a_trace_shows_nothing(fault: Fault) -> None:
    verdict = judge(OPS, effects(1, 15, 30), QUIET, [fault])
    assert verdict.result == UNKNOWN
    assert "no trace of the fault: pod upload-1 killed" in verdict.doubts[0]


@pytest.mark.parametrize(
    ("missing", "when"), [(1, "before the first"), (15, "during pod upload-1"), (30, "after the last")]
)
def test_acknowledgements_are_wanted_before_during_and_after(missing: int, when: str) -> None:
    rest = [each for each in OPS if each.op != f"op-{missing}"]
    verdict = judge(rest, effects(*(int(each.op[3:]) for each in rest)), QUIET, [KILL])
    assert verdict.result == UNKNOWN
    assert when in verdict.doubts[0]


def test_how_many_are_wanted_can_be_said() -> None:
    assert judge(OPS, effects(1, 15, 30), QUIET, [KILL], Demand(before=2)).result == UNKNOWN


def test_each_fault_wants_its_own() -> None:
    later = Fault("broker kafka-0 killed", began=21, healed=25, before="0", after="1")
    verdict = judge(OPS, effects(1, 15, 30), QUIET, [KILL, later])
    assert verdict.result == UNKNOWN
    assert "0 acknowledged during broker kafka-0 killed" in verdict.doubts[0]


BUSY = Reading(at=106, unsent=1, lag=0, rows=12)


@pytest.mark.parametrize(
    "readings",
    [
        (),
        (QUIET[0],),
        (QUIET[0], BUSY),
        (QUIET[0], replace(BUSY, unsent=0, lag=3)),
        (QUIET[0], replace(QUIET[1], at=104)),
        (QUIET[0], replace(QUIET[1], rows=13)),
        (replace(QUIET[0], lag=1), QUIET[1]),
    ],
)
def test_a_system_that_has_not_come_to_rest_may_still_deliver(readings: tuple[Reading, ...]) -> None:
    verdict = judge(OPS, effects(1, 15), readings, [KILL])
    assert verdict.result == UNKNOWN
    assert "1 acknowledged films are not there yet" in verdict.doubts
    assert judge(OPS, effects(1, 15, 30), readings, [KILL]).result == UNKNOWN
