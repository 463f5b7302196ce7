"""The cluster's own authorities and certificates; made once, renewed by `up` when they near their end.

Three authorities, since each answers another question: who may speak to the API, who may speak for others as the
aggregation layer, and who may touch etcd (a node's certificate must not open etcd).
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wireplan.rim import files
from wireplan.rim.cluster.layout import API_SERVICE_ADDRESS, DOMAIN, HOST_ADDRESS, Layout

AUTHORITIES = ("ca", "front-proxy-ca", "etcd-ca")
ACCOUNTS = "service-accounts"
AUTHORITY_DAYS = 3650
LEAF_DAYS = 365
RENEW_DAYS = 30
# A clock that steps back after a reboot must not make yesterday's certificates invalid.
BACKDATED = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Leaf:
    """One certificate to be had: its file name, who signs it, whose it is, and where it may serve."""

    name: str
    authority: str
    user: str
    groups: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    addresses: tuple[IPv4Address, ...] = ()


def leaves(layout: Layout) -> list[Leaf]:
    """Every certificate of the cluster."""
    services = (
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        f"kubernetes.default.svc.{DOMAIN}",
        "localhost",
    )
    here = (HOST_ADDRESS, IPv4Address("127.0.0.1"))
    control = [
        Leaf("etcd", "etcd-ca", "etcd", names=("localhost",), addresses=here),
        Leaf("apiserver", "ca", "kube-apiserver", names=services, addresses=(*here, API_SERVICE_ADDRESS)),
        Leaf("apiserver-etcd", "etcd-ca", "kube-apiserver"),
        Leaf("apiserver-kubelet", "ca", "kube-apiserver", ("system:masters",)),
        Leaf("front-proxy", "front-proxy-ca", "front-proxy"),
        Leaf("admin", "ca", "wireplan-admin", ("system:masters",)),
        Leaf("agent", "ca", "wireplan-agent", ("system:masters",)),
        Leaf("controller-manager", "ca", "system:kube-controller-manager"),
        Leaf("scheduler", "ca", "system:kube-scheduler"),
        Leaf("kube-proxy", "ca", "system:kube-proxy"),
        Leaf("netpol", "ca", "wireplan:netpol"),
    ]
    nodes = [
        Leaf(node.name, "ca", f"system:node:{node.name}", ("system:nodes",), (node.name,), (node.address,))
        for node in layout.nodes
    ]
    return control + nodes


def ensure(layout: Layout, now: datetime.datetime) -> list[str]:
    """Make what is due; return the names of what was made."""
    folder = layout.certificates
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    wanted = due(layout, now)
    for name in AUTHORITIES:
        if name in wanted:
            authority(folder, name, now)
    for leaf in leaves(layout):
        if leaf.name in wanted:
            sign(folder, leaf, now)
    if ACCOUNTS in wanted:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        files.write(folder / f"{ACCOUNTS}.pub", public)
        files.write(folder / f"{ACCOUNTS}.key", private(key), 0o600)
    return wanted


def due(layout: Layout, now: datetime.datetime) -> list[str]:
    """The names of what is missing, near its end, without its key, or not as it should be; a new authority signs all of its own."""
    folder = layout.certificates
    authorities = [name for name in AUTHORITIES if fresh(folder, name, now) is None]
    mine = [
        leaf.name
        for leaf in leaves(layout)
        if leaf.authority in authorities or not serves(fresh(folder, leaf.name, now), leaf)
    ]
    return authorities + mine + ([] if (folder / f"{ACCOUNTS}.key").is_file() else [ACCOUNTS])


def fresh(folder: Path, name: str, now: datetime.datetime) -> x509.Certificate | None:
    """The certificate, if it is there with its key, both whole, and good for another month."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    except (FileNotFoundError, ValueError):
        return None
    lasts = certificate.not_valid_after_utc - now > datetime.timedelta(days=RENEW_DAYS)
    return certificate if lasts and key.public_key() == certificate.public_key() else None


def serves(certificate: x509.Certificate | None, leaf: Leaf) -> bool:
    """Whether the certificate is for just the names and addresses that the leaf should have."""
    if certificate is None:
        return False
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        named = ()
    return set(named) == set(alternatives(leaf.names, leaf.addresses))


def authority(folder: Path, name: str, now: datetime.datetime) -> None:
    """Make the authority `name`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"wireplan {name}")])
    builder = started(subject, subject, key.public_key(), now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )
    save(folder, name, key, builder.sign(key, hashes.SHA256()))


def sign(folder: Path, leaf: Leaf, now: datetime.datetime) -> None:
    """Make one certificate with a key of its own."""
    issuer_key = serialization.load_pem_private_key((folder / f"{leaf.authority}.key").read_bytes(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)  # noqa: S101 - our own file of a line above
    issuer = x509.load_pem_x509_certificate((folder / f"{leaf.authority}.crt").read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in leaf.groups]
        + [x509.NameAttribute(NameOID.COMMON_NAME, leaf.user)]
    )
    builder = started(subject, issuer.subject, key.public_key(), now, LEAF_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(usage(signs_certificates=False), critical=True)
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = builder.add_extension(x509.ExtendedKeyUsage(both), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
    )
    if others := alternatives(leaf.names, leaf.addresses):
        builder = builder.add_extension(x509.SubjectAlternativeName(others), critical=False)
    save(folder, leaf.name, key, builder.sign(issuer_key, hashes.SHA256()))


def alternatives(names: Sequence[str], addresses: Sequence[IPv4Address]) -> list[x509.GeneralName]:
    """The names and addresses that a server may be reached by."""
    return [*(x509.DNSName(name) for name in names), *(x509.IPAddress(address) for address in addresses)]


def started(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    """What every certificate begins with."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """What the key may do."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def private(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """A key as PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def save(folder: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    """Write key and certificate, the key first: a certificate without its key would count as made."""
    files.write(folder / f"{name}.key", private(key), 0o600)
    files.write(folder / f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM))
