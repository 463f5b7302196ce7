"""Authorities and the certificates that they sign, as pure functions of what is there and of the time. Keys are made here and nowhere else.

Authorities change by overlap: a new one is trusted by everybody before it signs, and an old one for as long as something that it signed is good.
"""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = 86_400.0
LIFE = 365 * DAY
"""Of an authority, seconds; at half of it the next one is made."""

CLOCKS = 300.0
"""Seconds by which clocks may differ: a certificate begins that much before it is made."""

SHOWN = 600.0
"""Seconds for which a new authority is shown before it signs, at least: every service trusts it within three minutes. Where nodes hear of nothing for longer, a
certificate's life is waited for: whoever has heard of nothing for that long has no certificate that is good."""


SPOILT = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)
"""What the library says of bytes that are no certificate, or no key, of ours."""


class UnusableError(Exception):
    """What lies in a Secret is no certificate with its key; the sentence says what is wrong."""


@dataclass(frozen=True)
class Signed:
    """A certificate in PEM with its key."""

    certificate: str
    key: str

    @property
    def read(self) -> x509.Certificate:
        """The certificate.

        Raises:
            UnusableError: it is none.
        """
        try:
            return x509.load_pem_x509_certificate(self.certificate.encode())
        except SPOILT as error:
            raise UnusableError(f"no certificate: {error}") from error

    @property
    def began(self) -> float:
        """When it was made, Unix time."""
        return self.read.not_valid_before_utc.timestamp() + CLOCKS

    @property
    def ends(self) -> float:
        """When it is good no longer, Unix time."""
        return self.read.not_valid_after_utc.timestamp()

    @property
    def half(self) -> float:
        """When half of its own life is over, Unix time."""
        return (self.began + self.ends) / 2

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """Whom it names: URIs, and DNS names.

        Raises:
            UnusableError: it does not say.
        """
        try:
            found = self.read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            return (
                found.get_values_for_type(x509.UniformResourceIdentifier),
                found.get_values_for_type(x509.DNSName),
            )
        except SPOILT as error:
            raise UnusableError(f"no names: {error}") from error

    def whole(self) -> None:
        """See that the key is the certificate's, and that it says from when to when it is good.

        Raises:
            UnusableError: it is not.
        """
        key = private(self.key).public_key()
        try:
            same, _ = key == self.read.public_key(), self.half
        except SPOILT as error:
            raise UnusableError(f"no certificate: {error}") from error
        if not same:
            raise UnusableError("the key is another certificate's")


@dataclass(frozen=True)
class Wanted:
    """What a service's certificate has to say."""

    service: str
    identity: str
    dns: str


def private(text: str) -> ec.EllipticCurvePrivateKey:
    """A private key.

    Raises:
        UnusableError: it is none of ours.
    """
    try:
        key = load_pem_private_key(text.encode(), None)
    except SPOILT as error:
        raise UnusableError(f"no private key: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UnusableError("a private key of another kind")
    return key


def authorities(present: Sequence[Signed], lifetime: float, now: float) -> list[Signed]:
    """Those that are trusted from now on, oldest first: the ones that are still good, and a new one when the newest has lived half of its life.

    One whose end is nearer than `lifetime` signs nothing more, and what it signed is over before it is. One that a clock made which was ahead is
    trusted, but is no reason to have no other until then.
    """
    good = [one for one in present if one.ends > now]
    begun = [one.half for one in good if one.began - CLOCKS <= now]
    if not begun or now >= max(begun):
        good.append(authority(life(lifetime), now))
    return sorted(good, key=lambda one: one.began)


def life(lifetime: float) -> float:
    """Of an authority whose certificates are good for `lifetime`: long enough that one takes over from another in peace."""
    return max(LIFE, 8 * lifetime)


def signer(trusted: Sequence[Signed], lifetime: float, now: float) -> Signed:
    """The newest that everybody knows by now whose certificate is good; the very first one is known to all who get a certificate of it."""
    known = [one for one in trusted if now >= one.began + max(SHOWN, lifetime)]
    return known[-1] if known else trusted[0]


def authority(seconds: float, now: float) -> Signed:
    """A new authority. Its name is its own, since a verifier looks for who signed by name."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    own = name(f"Wireplan authority {serial:x}"[:64])
    builder = (
        dated(own, own, key, (now - CLOCKS, now + seconds), serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
    )
    return signed(builder, key, key)


def issue(by: Signed, wanted: Wanted, lifetime: float, now: float) -> Signed:
    """A certificate for a service, on both sides of a connection."""
    key, above = ec.generate_private_key(ec.SECP256R1()), private(by.key)
    names = [x509.UniformResourceIdentifier(wanted.identity), x509.DNSName(wanted.dns)]
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    period = (now - CLOCKS, now + lifetime)
    builder = (
        dated(name(wanted.service), by.read.subject, key, period, x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
    )
    return signed(builder, key, above)


def reason(own: Signed, wanted: Wanted, trusted: Sequence[Signed], renewed_after: float, now: float) -> str:
    """Why a service needs another certificate now; empty where it does not."""
    try:
        own.whole()
        names = own.names
    except UnusableError as error:
        return str(error)
    if names != ([wanted.identity], [wanted.dns]):
        return "it names another service"
    if not any(issued(own.read, one.read) for one in trusted):
        return "nobody trusts who signed it"
    if now < own.began - CLOCKS:  # made by a clock that was ahead
        return "it is not good yet"
    if now >= min(own.half, own.began + renewed_after):  # the lifetime may be another now than it was then
        return f"half of its life is over ({math.floor((own.ends - now) / 60)} minutes are left)"
    return ""


def issued(found: x509.Certificate, by: x509.Certificate) -> bool:
    """Whether one certificate was signed by another."""
    try:
        found.verify_directly_issued_by(by)
    except (*SPOILT, InvalidSignature):
        return False
    return True


def dated(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    period: tuple[float, float],
    serial: int,
) -> x509.CertificateBuilder:
    """What authorities and services have in common."""
    first, last = (datetime.datetime.fromtimestamp(math.floor(each), datetime.UTC) for each in period)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), serial, first, last)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def signed(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey
) -> Signed:
    """The certificate, with its key in PKCS #8."""
    text = builder.sign(by, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    form = PrivateFormat.PKCS8
    return Signed(text, key.private_bytes(Encoding.PEM, form, NoEncryption()).decode())


def usage(*, signs: bool) -> x509.KeyUsage:
    """What the key may be used for."""
    return x509.KeyUsage(
        digital_signature=not signs, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def name(common: str) -> x509.Name:
    """A name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])
