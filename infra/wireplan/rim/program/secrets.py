"""Makers of secret values. Each runs once in the life of a stack: the state keeps the first value, encrypted.

Nothing here is ever logged; the values leave this module only as Pulumi secrets.
"""

import base64
import datetime
import ipaddress
import secrets
from collections.abc import Callable, Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wireplan.manifests.thing import Value

PASSWORD_BYTES = 24
ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
DAYS = 397  # the longest life that browsers accept of a certificate
MANY = "*"  # the key of a value whose own name is part of it


class Maker:
    """Makes the values of one run; the parts of one certificate come from the same key."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.certificates: dict[tuple[str, ...], dict[str, str]] = {}
        self.makers: dict[str, Callable[..., str]] = {
            "password": password,
            "access-key": access_key,
            "certificate": self.certificate,
        }

    def values(self, wanted: Mapping[str, Value]) -> dict[str, str]:
        """All values of one Secret."""
        made: dict[str, str] = {}
        for name, value in wanted.items():
            if value.kind == "ed25519-key":
                key_id, text = signing_key()
                made[f"{key_id}.pem" if name == MANY else name] = text
            else:
                made[name] = self.makers[value.kind](*value.arguments)
        return made

    def certificate(self, part: str, *hosts: str) -> str:
        """A part of the certificate for `hosts`: chain, key or authority."""
        if hosts not in self.certificates:
            self.certificates[hosts] = certificate(hosts, self.now)
        return self.certificates[hosts][part]


def encoded(values: Mapping[str, str]) -> dict[str, str]:
    """Values as the `data` of a Secret."""
    return {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}


def decoded(data: Mapping[str, str], name: str) -> str:
    """One value of the `data` of a Secret."""
    return base64.b64decode(data[name]).decode()


def password() -> str:
    """A password that no shell, URL or DSN has to quote."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def access_key() -> str:
    """The public half of S3 credentials."""
    return "".join(secrets.choice(ACCESS_KEY) for _ in range(20))


def signing_key() -> tuple[str, str]:
    """An Ed25519 key that signs tokens (spec row A8), and its id: the head of a hash over the public half."""
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public)
    key_id = base64.urlsafe_b64encode(digest.finalize()[:9]).decode().replace("_", "x").replace("-", "y")
    return key_id, private(key)


def private(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """A private key in PKCS #8 PEM."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def certificate(hosts: tuple[str, ...], now: datetime.datetime) -> dict[str, str]:
    """A certificate for `hosts` and the authority that signed it, whose key is thrown away: it signs nothing more."""
    authority_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = name(f"Wireplan development authority for {hosts[0]}")
    authority = (
        builder(issuer, issuer, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    leaf = (
        builder(name(hosts[0]), issuer, leaf_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([general(host) for host in hosts]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    return {"chain": pem(leaf) + pem(authority), "key": private(leaf_key), "authority": pem(authority)}


def builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    """What both certificates have in common."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # clocks differ
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def usage(*, signs: bool) -> x509.KeyUsage:
    """What the key may be used for."""
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def name(common: str) -> x509.Name:
    """A name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def general(host: str) -> x509.GeneralName:
    """A host as a certificate names it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def pem(found: x509.Certificate) -> str:
    """A certificate in PEM."""
    return found.public_bytes(serialization.Encoding.PEM).decode()
