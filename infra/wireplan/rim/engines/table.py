"""All outside programs, in the order in which they are had: what makes the others, then the longest builds.

Where the checksums are from. Releases: the projects' own checksum files, as repeated by at least two independent public
repositories that pin them; containerd's by one alone, Kubespray, whose list is read off those files. Wheels: the package
index. Go modules: go.sum beside each go.mod. Debian packages: apt, by the archive's signature.
"""

from wireplan.rim.engines.entries import build, checks, cluster, create, images, nodes, pictures
from wireplan.rim.engines.kinds import Engine

ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (*build.ALL, *create.ALL, *cluster.ALL, *nodes.ALL, *images.ALL, *checks.ALL, *pictures.ALL)
}
