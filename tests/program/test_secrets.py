"""Makers of secret values."""

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store
from wireplan.manifests.thing import Value
from wireplan.rim.program import secrets

from tests.manifests.conftest import made

NOW = datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)


@pytest.fixture
def maker() -> secrets.Maker:
    return secrets.Maker(NOW)


def test_every_value_that_objects_ask_for_can_be_made(maker: secrets.Maker) -> None:
    for one in made("local"):
        if one.values:
            values = maker.values(one.values)
            assert len(values) == len(one.values)
            assert all(values.values())


def test_values_differ_each_time(maker: secrets.Maker) -> None:
    passwords = {maker.values({"a": Value("password")})["a"] for _ in range(20)}
    assert len(passwords) == 20
    assert all(len(one) >= 32 and one.replace("-", "").replace("_", "").isalnum() for one in passwords)


@pytest.mark.row("A8")
def test_a_signing_key_is_named_by_its_id(maker: secrets.Maker) -> None:
    ((name, text),) = maker.values({"*": Value("ed25519-key")}).items()
    assert name.endswith(".pem")
    assert type(load_pem_private_key(text.encode(), None)).__name__.startswith(
        "_Ed25519"
    ) or "Ed25519" in str(type(load_pem_private_key(text.encode(), None)))


def test_a_certificate_is_good_for_its_hosts_and_signed_by_its_authority(maker: secrets.Maker) -> None:
    parts = {"tls.crt": "chain", "tls.key": "key", "ca.crt": "authority"}
    values = maker.values(
        {name: Value("certificate", (part, "tube.localhost")) for name, part in parts.items()}
    )
    leaf, _ = x509.load_pem_x509_certificates(values["tls.crt"].encode())
    authority = x509.load_pem_x509_certificate(values["ca.crt"].encode())
    verifier = (
        PolicyBuilder()
        .store(Store([authority]))
        .time(NOW)
        .build_server_verifier(x509.DNSName("tube.localhost"))
    )
    assert verifier.verify(leaf, [])
    key = load_pem_private_key(values["tls.key"].encode(), None)
    assert key.public_key() == leaf.public_key()
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < datetime.timedelta(days=399)


def test_an_address_may_stand_for_a_host(maker: secrets.Maker) -> None:
    text = maker.values({"c": Value("certificate", ("chain", "10.0.0.1"))})["c"]
    names = x509.load_pem_x509_certificates(text.encode())[0].extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert [str(one) for one in names.value.get_values_for_type(x509.IPAddress)] == ["10.0.0.1"]


def test_data_is_base64() -> None:
    data = secrets.encoded({"a": "ü"})
    assert base64.b64decode(data["a"]).decode() == secrets.decoded(data, "a") == "ü"
