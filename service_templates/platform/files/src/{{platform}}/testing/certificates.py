"""An authority for tests, and folders with its certificates as the cluster mounts them: a link that is swapped, all files at once."""

import datetime
import itertools
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = 86_400.0
NUMBERS = itertools.count()
SPIFFE = "spiffe://cluster.local/ns/system/sa/"


def identity(service: str) -> str:
    """The SPIFFE ID of a service."""
    return f"{SPIFFE}{service}"


@dataclass(slots=True)
class Authority:
    """Signs. Its own certificate is what the others trust."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: str = field(default_factory=lambda: f"authority {next(NUMBERS)}")
    """Of its own: a verifier finds who signed by the name."""

    def certificate(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        names: tuple[x509.GeneralName, ...] = (),
        until: float = DAY,
    ) -> bytes:
        """A certificate in PEM that began two days ago and ends in `until` seconds; one without `names` is the authority's own."""
        now = datetime.datetime.now(datetime.UTC)
        began, ends = now - datetime.timedelta(days=2), now + datetime.timedelta(seconds=until)
        serial = x509.random_serial_number()
        builder = x509.CertificateBuilder(
            _name(self.name), _name(name), key.public_key(), serial, began, ends
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        else:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    @property
    def root(self) -> bytes:
        """Its own certificate."""
        return self.certificate(self.name, self.key)

    def issue(
        self, folder: Path, service: str, until: float = DAY, roots: bytes = b"", *, unnamed: bool = False
    ) -> Path:
        """Put a new certificate of a service, also good for localhost, in place of what the folder holds."""
        key = ec.generate_private_key(ec.SECP256R1())
        named = () if unnamed else (x509.UniformResourceIdentifier(identity(service)),)
        names = (*named, x509.DNSName("localhost"))
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        files = {
            "tls.crt": self.certificate(service, key, names, until),
            "tls.key": private,
            "ca.crt": roots or self.root,
        }
        return mount(folder, files)


def mount(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files as the kubelet does: a folder for the version, and a link that is changed in one step."""
    place = folder / f"..{next(NUMBERS)}"
    place.mkdir(parents=True)
    for name, text in files.items():
        (place / name).write_bytes(text)
    link = folder / "..new"
    link.symlink_to(place.name)
    link.replace(folder / "..data")
    return folder


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
