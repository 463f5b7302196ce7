"""The cluster's certificates: who signs whom, and when they are made anew."""

import datetime
import stat
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from wireplan.rim.cluster import certificates
from wireplan.rim.cluster.layout import Layout

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


def loaded(layout: Layout, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((layout.certificates / f"{name}.crt").read_bytes())


def signed_by(layout: Layout, leaf: str, authority: str) -> bool:
    try:
        loaded(layout, leaf).verify_directly_issued_by(loaded(layout, authority))
    except (ValueError, InvalidSignature):
        return False
    return True


@pytest.fixture
def made(layout: Layout) -> Layout:
    certificates.ensure(layout, NOW)
    return layout


def test_a_second_time_nothing_is_made(made: Layout) -> None:
    assert certificates.ensure(made, NOW + datetime.timedelta(days=1)) == []


def test_leaves_near_their_end_are_renewed_and_authorities_are_kept(made: Layout) -> None:
    before = loaded(made, "ca").serial_number
    later = NOW + datetime.timedelta(days=certificates.LEAF_DAYS - certificates.RENEW_DAYS + 1)
    renewed = certificates.ensure(made, later)
    assert "apiserver" in renewed
    assert "service-accounts" not in renewed, "tokens in running pods must stay valid"
    assert loaded(made, "ca").serial_number == before


def test_a_new_authority_signs_everything_of_its_own_anew(made: Layout) -> None:
    (made.certificates / "etcd-ca.crt").unlink()
    assert set(certificates.ensure(made, NOW)) == {"etcd-ca", "etcd", "apiserver-etcd"}


def test_a_broken_certificate_is_made_anew(made: Layout) -> None:
    (made.certificates / "scheduler.crt").write_text("half a certif")
    assert certificates.ensure(made, NOW) == ["scheduler"]


def test_a_certificate_without_its_key_is_made_anew(made: Layout) -> None:
    (made.certificates / "scheduler.key").unlink()
    (made.certificates / "admin.key").write_bytes((made.certificates / "agent.key").read_bytes())
    assert certificates.ensure(made, NOW) == ["admin", "scheduler"]


def test_a_certificate_for_other_names_than_it_should_have_is_made_anew(
    made: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = certificates.leaves(made)
    other = [replace(one, names=("elsewhere",)) if one.name in ("etcd", "admin") else one for one in leaves]
    monkeypatch.setattr(certificates, "leaves", lambda _: other)
    assert certificates.ensure(made, NOW) == ["etcd", "admin"]
    assert certificates.ensure(made, NOW) == []


def test_a_nodes_certificate_does_not_open_etcd(made: Layout) -> None:
    assert signed_by(made, "node-1", "ca")
    assert not signed_by(made, "node-1", "etcd-ca")
    assert signed_by(made, "apiserver-etcd", "etcd-ca")
    assert signed_by(made, "front-proxy", "front-proxy-ca")


def test_the_api_server_is_itself_for_pods_nodes_and_the_host(made: Layout) -> None:
    names = loaded(made, "apiserver").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"10.97.0.1", "10.99.0.1", "127.0.0.1"} == {
        str(ip) for ip in names.get_values_for_type(x509.IPAddress)
    }
    assert "kubernetes.default.svc" in names.get_values_for_type(x509.DNSName)


def test_a_kubelet_is_who_the_node_authorizer_expects(made: Layout) -> None:
    assert loaded(made, "node-2").subject.rfc4514_string() == "CN=system:node:node-2,O=system:nodes"


def test_keys_are_for_their_owner_only(made: Layout) -> None:
    for key in made.certificates.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.certificates.stat().st_mode) == 0o700


def test_a_clock_that_was_set_back_does_not_make_them_invalid(made: Layout) -> None:
    assert loaded(made, "admin").not_valid_before_utc < NOW
    assert isinstance(loaded(made, "admin").public_key(), ec.EllipticCurvePublicKey)
