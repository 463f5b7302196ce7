"""Kafka's jars: the closure of one pom, fetched by Maven, each checked against a committed SHA-256.

Where Maven is not on PATH, Debian's is run in a throw-away root file system, so nothing is installed on the machine.
After a change of versions: `python -m wireplan.rim.images.jars` writes the checksums anew.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim import home
from wireplan.rim.images.layers import Entry, Sink, pack
from wireplan.rim.images.parts import User, hashed, owned, stamped
from wireplan.rim.process import found, logged
from wireplan.rim.trouble import Trouble

POM = Path(__file__).parent / "kafka" / "pom.xml"
SUMS = Path(__file__).parent / "kafka" / "jars.sha256"
GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
OWN_AUTHORITIES = Path("/usr/local/share/ca-certificates")


@dataclass(frozen=True)
class Jars:
    """All the jars of the pom, in one folder."""

    folder: str
    user: User
    folders: tuple[str, ...] = ()

    def stamp(self) -> str:
        """The checksums stand for the jars."""
        return stamped(self, hashed([POM, SUMS]))

    def write(self, out: Sink) -> None:
        """The layer."""
        place = Path(tempfile.mkdtemp(prefix="wireplan-jars-"))
        try:
            fetch(place)
            jars = checked(place, wanted(SUMS.read_text()))
            pack(
                [*owned(self.folders, self.user), *(Entry(f"{self.folder}/{jar.name}", jar) for jar in jars)],
                out,
            )
        finally:
            shutil.rmtree(place, ignore_errors=True)


def fetch(place: Path) -> None:
    """Let Maven put the jars into `place`."""
    words = ["--batch-mode", GOAL, "-DincludeScope=runtime"]
    log = home.cache() / "logs" / "kafka-jars.log"
    if maven := found("mvn"):
        # Not the person's own ~/.m2: what is ours stays in our cache.
        ours = f"-Dmaven.repo.local={home.cache() / 'maven'}"
        logged([maven, f"--file={POM}", *words, ours, f"-DoutputDirectory={place}"], log, name="Maven")
        return
    from wireplan.rim import engines

    hooks = [
        f"copy-in {POM} /",
        f'cp {OWN_AUTHORITIES}/*.crt "$1{OWN_AUTHORITIES}/" && chroot "$1" update-ca-certificates || true',
        f'chroot "$1" mvn --file=/pom.xml {" ".join(words)} -DoutputDirectory=/jars',
        f"sync-out /jars {place}",
    ]
    packages = "--include=maven,ca-certificates,ca-certificates-java"
    flags = [f"--customize-hook={hook}" for hook in hooks]
    logged(
        [engines.path("mmdebstrap"), "--variant=apt", packages, *flags, "trixie", "/dev/null"],
        log,
        name="Debian's Maven",
    )


def wanted(sums: str) -> dict[str, str]:
    """File name to SHA-256, from the lines that `sha256sum` writes."""
    pairs = (line.split() for line in sums.splitlines() if line.strip())
    return {name: digest for digest, name in pairs}


def checked(place: Path, sums: Mapping[str, str]) -> list[Path]:
    """The jars in `place`, in name order.

    Raises:
        Trouble: one is missing, one too many, or one has another content than was committed.
    """
    jars = sorted(place.glob("*.jar"))
    have = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars}
    if have != dict(sums):
        odd = sorted(name for name in {*have, *sums} if have.get(name) != sums.get(name))
        raise Trouble(
            f"{len(odd)} of Kafka's jars are not what was committed: {', '.join(odd[:5])}",
            why="a jar changed on its way or at its source, or the versions in kafka/pom.xml were changed without the checksums",
            fix="if you changed the versions, run `python -m wireplan.rim.images.jars`; otherwise do not use this source",
        )
    return jars


def main() -> None:
    """Write the checksums of what the pom asks for now."""
    with tempfile.TemporaryDirectory() as folder:
        fetch(Path(folder))
        have = {
            jar.name: hashlib.sha256(jar.read_bytes()).hexdigest()
            for jar in sorted(Path(folder).glob("*.jar"))
        }
    SUMS.write_text("".join(f"{digest}  {name}\n" for name, digest in have.items()))


if __name__ == "__main__":
    main()
