"""When a page about a certificate comes: while there is something to mend, and not while all goes as it should."""

from hypothesis import given
from hypothesis import strategies as st
from wireplan.monitoring.alerts.certificates import patience
from wireplan.topology import mtls

AGE = 60.0
"""Seconds that connections live at least, so the shortest lifetime that SEC010 lets pass is twice that and the spread."""


@given(lifetime=st.floats(2 * (mtls.SPREAD + AGE), 30 * 86_400))
def test_it_comes_while_the_certificate_is_good_and_never_while_a_renewal_is_on_its_way(
    lifetime: float,
) -> None:
    left, hold = patience(lifetime)
    assert 0 < hold < left
    assert left <= lifetime - mtls.renewed_after(lifetime) - mtls.SPREAD + 1e-6


def test_of_twelve_hours_three_are_left_and_five_minutes_are_waited() -> None:
    assert patience(12 * 3600.0) == (3 * 3600.0, 300.0)
