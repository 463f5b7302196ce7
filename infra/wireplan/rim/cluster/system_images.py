"""The images of the cluster's own parts: one static program each, put into the image layout under the public name.

The public names are kept so that the manifests are those of any cluster. A later `images` run may replace them.
"""

from dataclasses import dataclass
from pathlib import Path

from wireplan.rim import engines, home
from wireplan.rim.cluster.settings import PAUSE
from wireplan.rim.images import layers
from wireplan.rim.images.layers import Entry
from wireplan.rim.images.layout import Config, Layout

COREDNS = "registry.k8s.io/coredns/coredns:v1.13.1"
METRICS = "registry.k8s.io/metrics-server/metrics-server:v0.8.0"
OPERATOR = "ghcr.io/cloudnative-pg/cloudnative-pg:1.28.0"

AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Single:
    """An image around one program."""

    name: str
    program: str
    place: str
    user: str
    links: tuple[tuple[str, str], ...] = ()


IMAGES = (
    Single(PAUSE, "pause", "/pause", "65535:65535"),
    Single(COREDNS, "coredns", "/coredns", "65532:65532"),
    Single(METRICS, "metrics-server", "/metrics-server", "65534:65534"),
    # The operator copies itself into Postgres pods by the platform's name.
    Single(
        OPERATOR,
        "cnpg-manager",
        "/operator/manager_amd64",
        "65532:65532",
        (("/manager", "operator/manager_amd64"),),
    ),
)


def ensure() -> list[str]:
    """Write those that the layout lacks; return their names."""
    layout = Layout(home.cache() / "images")
    made: list[str] = []
    for image in IMAGES:
        program = engines.path(image.program).resolve()
        stamp = f"{program.stat().st_size}-{program.stat().st_mtime_ns}"
        if layout.find(image.name, stamp):
            continue
        write(layout, image, program, stamp)
        made.append(image.name)
    return made


def write(layout: Layout, image: Single, program: Path, stamp: str) -> None:
    """One image: the program, its links, and the machine's certificate authorities for what it fetches."""
    entries = [Entry(image.place, program, mode=0o755), Entry("/tmp", mode=0o1777)]  # noqa: S108 - inside the image
    entries += [Entry(place, link=target) for place, target in image.links]
    if AUTHORITIES.is_file():
        entries.append(Entry(str(AUTHORITIES), AUTHORITIES))
    with layout.writing() as out:
        layers.pack(entries, out)
    entrypoint = (image.links[0][0] if image.links else image.place,)
    layout.image(image.name, [out.blob()], Config(entrypoint=entrypoint, user=image.user), stamp)
