"""What a person is told of a name that means no part."""

import pytest
from wireplan.rim import meaning
from wireplan.rim.trouble import Trouble
from wireplan.topology.parts import Part


def many(number: int) -> list[Part]:
    return [Part("services", f"worker-{n}") for n in range(number)]


def test_a_name_that_is_there_is_that_part() -> None:
    assert meaning.part("worker-1", many(3)) == Part("services", "worker-1")


def test_one_that_is_not_is_answered_with_the_nearest_and_all_where_they_are_few() -> None:
    with pytest.raises(Trouble) as error:
        meaning.part("wroker-1", many(3), "that can fail")
    assert error.value.what == "nothing that can fail is called wroker-1; did you mean worker-1?"
    assert error.value.fix == "known: services.worker-0, services.worker-1, services.worker-2"


def test_a_list_that_nobody_reads_through_is_not_printed() -> None:
    with pytest.raises(Trouble) as error:
        meaning.part("wroker-1", many(30))
    assert "did you mean worker-1" in error.value.what
    assert error.value.fix == "wireplan show lists all parts by their names"


def test_a_name_of_several_is_asked_back() -> None:
    with pytest.raises(Trouble) as error:
        meaning.part("fast", [Part("services", "fast"), Part("caches", "fast")])
    assert error.value.what == "fast is the name of several parts"
    assert error.value.fix == "say which: services.fast, caches.fast"
