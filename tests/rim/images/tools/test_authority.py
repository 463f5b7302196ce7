"""Authorities and what they sign: the whole life of a system's certificates, played through in no time."""

import base64
import datetime
from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from wireplan.rim.images.tools import authority
from wireplan.rim.images.tools.authority import DAY, SHOWN, Signed, UnusableError, Wanted

NOW = 1_800_000_000.0
HOUR = 3_600.0
UPLOAD = Wanted("upload", "spiffe://cluster.local/ns/tube/sa/upload", "upload.tube.svc.cluster.local")


def verified(own: Signed, trusted: list[Signed], now: float) -> bool:
    """Whether a library that is not ours takes the certificate for a server's of that name at that time."""
    builder = PolicyBuilder().store(Store([one.read for one in trusted]))
    builder = builder.time(datetime.datetime.fromtimestamp(now, datetime.UTC).replace(tzinfo=None))
    try:
        builder.build_server_verifier(x509.DNSName(UPLOAD.dns)).verify(own.read, [])
    except VerificationError:
        return False
    return True


def test_a_certificate_names_its_service_twice_and_is_for_both_sides() -> None:
    trusted = authority.authorities([], 12 * HOUR, NOW)
    found = authority.issue(authority.signer(trusted, 12 * HOUR, NOW), UPLOAD, 12 * HOUR, NOW).read
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [UPLOAD.identity]
    assert names.get_values_for_type(x509.DNSName) == [UPLOAD.dns]
    uses = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {use._name for use in uses} == {"serverAuth", "clientAuth"}
    assert verified(Signed(authority_pem(found), ""), trusted, NOW + HOUR)


def authority_pem(found: x509.Certificate) -> str:
    """A certificate in PEM."""
    return found.public_bytes(Encoding.PEM).decode()


def test_a_certificate_is_renewed_at_half_of_its_life() -> None:
    trusted = authority.authorities([], 12 * HOUR, NOW)
    own = authority.issue(trusted[0], UPLOAD, 12 * HOUR, NOW)

    def why(now: float) -> str:
        return authority.reason(own, UPLOAD, trusted, 6 * HOUR, now)

    assert why(NOW) == ""
    assert why(NOW + 6 * HOUR - 1) == ""
    assert "half of its life is over (360 minutes are left)" in why(NOW + 6 * HOUR)


@pytest.mark.parametrize(("lived", "wanted"), [(HOUR, 12 * HOUR), (12 * HOUR, HOUR)])
def test_after_another_lifetime_the_certificate_of_before_is_renewed_in_time(
    lived: float, wanted: float
) -> None:
    """The topology's lifetime changes in a running system: neither may the old certificate end unnoticed, nor live on as long as it was once to."""
    trusted = authority.authorities([], wanted, NOW)
    own, half = authority.issue(trusted[0], UPLOAD, lived, NOW), min(lived, wanted) / 2
    assert authority.reason(own, UPLOAD, trusted, wanted / 2, NOW + half - 1) == ""
    assert "half of its life is over" in authority.reason(own, UPLOAD, trusted, wanted / 2, NOW + half)


def test_what_was_signed_by_a_clock_that_was_ahead_is_made_anew_once_it_is_right() -> None:
    """Nobody takes a certificate before it begins, so one of tomorrow would be a day without calls."""
    trusted = authority.authorities([], 12 * HOUR, NOW + DAY)
    own = authority.issue(trusted[0], UPLOAD, 12 * HOUR, NOW + DAY)
    known = authority.authorities(trusted, 12 * HOUR, NOW)
    assert authority.reason(own, UPLOAD, known, 6 * HOUR, NOW) == "it is not good yet"
    anew = authority.issue(authority.signer(known, 12 * HOUR, NOW), UPLOAD, 12 * HOUR, NOW)
    assert verified(anew, known, NOW)
    assert authority.reason(anew, UPLOAD, known, 6 * HOUR, NOW) == ""


def test_clocks_that_differ_a_little_make_nothing_anew() -> None:
    trusted = authority.authorities([], 12 * HOUR, NOW)
    own, behind = authority.issue(trusted[0], UPLOAD, 12 * HOUR, NOW), NOW - authority.CLOCKS
    assert authority.authorities(trusted, 12 * HOUR, behind) == trusted
    assert authority.reason(own, UPLOAD, trusted, 6 * HOUR, behind) == ""


TRUSTED = authority.authorities([], 12 * HOUR, NOW)
WHOLE = authority.issue(TRUSTED[0], UPLOAD, 12 * HOUR, NOW)


@given(
    places=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), min_size=1, max_size=3),
    of_key=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_whatever_lies_in_a_secret_is_judged_and_ends_nothing(
    places: list[tuple[int, int]], of_key: bool
) -> None:
    text = WHOLE.key if of_key else WHOLE.certificate
    head, *lines, tail = text.strip().splitlines()
    body = bytearray(base64.b64decode("".join(lines)))
    for place, change in places:
        body[place % len(body)] ^= change
    spoilt = "\n".join((head, base64.b64encode(body).decode(), tail))
    one = Signed(WHOLE.certificate, spoilt) if of_key else Signed(spoilt, WHOLE.key)
    why = authority.reason(one, UPLOAD, TRUSTED, 6 * HOUR, NOW)
    assert why or of_key or body == base64.b64decode("".join(lines)), "a changed certificate is none of ours"


def test_what_is_spoilt_or_not_ours_is_made_anew() -> None:
    trusted, foreign = (authority.authorities([], 12 * HOUR, NOW) for _ in range(2))
    own, other = (authority.issue(trusted[0], UPLOAD, 12 * HOUR, NOW) for _ in range(2))
    catalog = Wanted("catalog", UPLOAD.identity.replace("upload", "catalog"), UPLOAD.dns)

    def why(one: Signed, wanted: Wanted = UPLOAD) -> str:
        return authority.reason(one, wanted, trusted, 6 * HOUR, NOW)

    assert why(own) == ""
    assert "no private key" in why(Signed(own.certificate, ""))
    assert "no private key" in why(Signed("", ""))
    assert "no certificate" in why(Signed("nonsense", own.key))
    assert why(Signed(own.certificate, other.key)) == "the key is another certificate's"
    assert why(own, catalog) == "it names another service"
    assert why(authority.issue(foreign[0], UPLOAD, 12 * HOUR, NOW)) == "nobody trusts who signed it"


def test_a_key_of_another_kind_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    form = PrivateFormat.PKCS8
    text = key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
    with pytest.raises(UnusableError, match="another kind"):
        authority.private(text)
    assert isinstance(authority.private(authority.authority(DAY, NOW).key), ec.EllipticCurvePrivateKey)


LIFETIME = 4 * HOUR
LATE = 180.0
"""Seconds after which every pod uses what was written, as long as its node hears of it."""

CUT_OFF = LIFETIME / 5
"""Seconds that a node may hear of nothing, and its pods' certificates are good all the same."""

GAPS = st.lists(st.sampled_from([30.0, LATE - 1, SHOWN, LIFETIME / 4]), min_size=30, max_size=70)


@dataclass(frozen=True)
class Version:
    """What a Secret held from a moment on."""

    since: float
    own: Signed
    trusted: list[Signed]


def a_round(before: Version | None, now: float) -> Version:
    """What a Secret holds after a round."""
    trusted = authority.authorities(before.trusted if before else [], LIFETIME, now)
    if before and not authority.reason(before.own, UPLOAD, trusted, LIFETIME / 2, now):
        return Version(now, before.own, trusted)
    return Version(
        now, authority.issue(authority.signer(trusted, LIFETIME, now), UPLOAD, LIFETIME, now), trusted
    )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=GAPS, behind=st.sampled_from([LATE, CUT_OFF]))
@example(
    gaps=[LIFETIME / 4] * 36, behind=CUT_OFF
)  # a certificate is renewed in the very round that makes a new authority
def test_a_pod_that_is_behind_and_one_that_is_not_trust_each_other_at_every_moment(
    monkeypatch: pytest.MonkeyPatch, gaps: list[float], behind: float
) -> None:
    """Over more than one life of an authority: whoever still has the old is trusted by who has the new, and trusts him."""
    monkeypatch.setattr(authority, "LIFE", 0.0)  # then it is eight times that of a certificate
    now = NOW
    versions = [a_round(None, now)]
    for gap in gaps:
        now += gap
        versions.append(a_round(versions[-1], now))
        new = versions[-1]
        old = next((each for each in reversed(versions) if each.since <= now - behind), versions[0])
        assert verified(new.own, old.trusted, now)
        assert verified(old.own, new.trusted, now)
        assert verified(new.own, new.trusted, now + LIFETIME / 2 - LATE), (
            "half of its life is there to mend what renews"
        )
