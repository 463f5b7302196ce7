"""The cache in each pod of an edge: Varnish beside Caddy, over a file that ends with the pod (spec row P3; docs/cdn.md).

It starts before Caddy and ends after it, as what Kubernetes calls a sidecar. While it is away, Caddy goes past it.
"""

from wireplan.manifests import pods
from wireplan.manifests.pods import Mount
from wireplan.manifests.providers.edge import vcl
from wireplan.manifests.thing import Body, present
from wireplan.topology import names
from wireplan.topology.types import Edge

FOLDER, FILE = "/etc/varnish", "edge.vcl"
RUN, STORE = "/var/lib/varnish", "/var/cache/varnish"
MI = 2**20
RUN_SIZE = 64  # MiB of the pod's memory: the log that `varnishlog` reads, counters, and the compiled VCL
PARAMETERS = {
    "vsl_space": "16M",
    "thread_pool_min": "20",
    "thread_pool_max": "1000",
    # What is kept goes into the file, however short its life; only what is not kept passes through memory, and is not read ahead of slow clients there.
    "shortlived": "0",
    "transit_buffer": "1M",
    # A large answer may need the room of many small ones; giving up after fifty would be an error for the client.
    "nuke_limit": "100000",
    # Bytes stay as the origin has them, so that ranges and tags are those of the same bytes.
    "http_gzip_support": "off",
}


def command(
    edge: Edge, *, vcl_file: str = f"{FOLDER}/{FILE}", run: str = RUN, store: str = STORE
) -> list[str]:
    """What is run. The cache is for its own pod alone, and the purge for whom the NetworkPolicy lets in."""
    return [
        "varnishd",
        "-F",
        *("-j", "none"),  # it has no privileges to drop
        *("-T", "127.0.0.1:0"),  # for varnishadm in the container
        *("-n", run),
        *("-f", vcl_file),
        *("-a", f"http=127.0.0.1:{names.EDGE_CACHE_PORT},HTTP"),
        *("-a", f"{vcl.PURGE}=:{names.EDGE_PURGE_PORT},HTTP"),
        *("-s", f"kept=file,{store}/kept,{present(edge.cache).size}"),
        *("-s", "Transient=malloc,64M"),
        *(word for name, value in PARAMETERS.items() for word in ("-p", f"{name}={value}")),
    ]


def mounts(edge: Edge) -> list[Mount]:
    """Its configuration, a folder in memory for its own use, and the folder of what it keeps."""
    size = -(-present(edge.cache).size // MI) + 16
    return [
        pods.config_mount("varnish", FOLDER, f"{edge.resource}-varnish"),
        Mount(
            "varnish-run",
            RUN,
            {"emptyDir": {"medium": "Memory", "sizeLimit": f"{RUN_SIZE}Mi"}},
            read_only=False,
        ),
        pods.scratch("varnish-store", STORE, f"{size}Mi"),
        pods.scratch("varnish-tmp", pods.TMP, "16Mi"),  # of the compiler
    ]


def container(edge: Edge) -> Body:
    """The sidecar. Its manager restarts the process that serves, and Caddy goes past it meanwhile; the kubelet restarts it when it no longer listens."""
    cache = present(edge.cache)
    listens = {"tcpSocket": {"port": "purge"}}
    body = pods.container(
        "varnish",
        cache.image,
        cache.resources,
        command=command(edge),
        ports=[pods.port("purge", names.EDGE_PURGE_PORT)],
        livenessProbe={**listens, **pods.timing(10, 3, 3)},
        startupProbe={**listens, **pods.timing(1, 3, 60)},
        mounts=mounts(edge),
    )
    return {**body, "restartPolicy": "Always"}
