"""The Caddyfile of an edge: HTTP/3 with HTTP/2 to fall back on in front, HTTP/2 behind (spec rows P1, P2, P3)."""

from wireplan.manifests import pods, quantity
from wireplan.topology import names
from wireplan.topology.addresses import Address
from wireplan.topology.types import Edge, Route

PROTOCOLS = {"http3": "h3", "http2": "h2"}
ALT_SVC_AGE = 3600  # seconds; a client that cannot use UDP after all pays one timeout for each
TRY = 5  # seconds in which a request that reached no pod tries the next one; nothing was sent yet, so nothing is repeated
DIAL = 1
FAR = 3  # seconds to a store outside: a first packet that is lost on the way is sent again after one
REFRESH = 2  # seconds between two looks at DNS: pods come and go
SICK = 3  # seconds without requests to a pod that could not be reached
OPS = names.OPS_PORT
TLS = f"{pods.SECRETS}/tls"
SECRET = (
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "code",
    "state",
)  # a presigned URL is a key, and so is what a browser brings back from a login: not for the log


def text(edge: Edge) -> str:
    """The whole file."""
    return "\n".join([*head(edge), "", *site(edge), "", *ops(), ""])


def head(edge: Edge) -> list[str]:
    """Options of the server."""
    protocols = " ".join(
        ["h1", *(PROTOCOLS[client] for client in ("http2", "http3") if client in edge.clients)]
    )
    return [
        "{",
        "\tadmin off",
        "\tpersist_config off",
        "\tauto_https off",
        f"\tdefault_sni {edge.host}",
        f"\tgrace_period {quantity.seconds(edge.budget)}s",
        "\tmetrics",
        *log(),  # what goes wrong is logged by another logger than what is asked, and tells the request, too
        f"\tservers :{edge.container_port} {{",
        f"\t\tprotocols {protocols}",
        # Requests in early data can be replayed by whoever recorded them (RFC 8470).
        *([] if edge.early_data else ["\t\t0rtt off"]),
        "\t\ttimeouts {",
        "\t\t\tread_header 10s",
        "\t\t\tidle 2m",
        "\t\t}",
        "\t}",
        "}",
    ]


def site(edge: Edge) -> list[str]:
    """The host and its routes, the longest path first."""
    lines = [f"https://{edge.host}:{edge.container_port} {{", f"\ttls {TLS}/tls.crt {TLS}/tls.key", *log()]
    lines.append("\theader -Server")
    if "http3" in edge.clients:
        # Caddy would name its own port; clients must be told the port of the Service.
        lines.append(f'\theader >Alt-Svc `h3=":{edge.port}"; ma={ALT_SVC_AGE}`')
    if edge.cache:
        lines.append("\t# The cache of the CDN is not here yet: every request goes to the origin.")
    # Each under a matcher of a name: Caddy sorts bare paths itself, and would not keep the two kinds in this order.
    for number, route in enumerate(sorted(edge.routes, key=lambda r: (-len(r.path), r.path)), start=1):
        lines += handle(edge, route, f"@route{number}")
    if not any(route.path == "/" for route in edge.routes):
        lines += ["\thandle {", "\t\trespond 404", "\t}"]  # Caddy's own answer would be 200 and nothing
    return [*lines, "}"]


def log() -> list[str]:
    """A log in JSON without what would let its reader in."""
    return [
        "\tlog {",
        "\t\toutput stdout",
        "\t\tformat filter {",
        "\t\t\twrap json",
        "\t\t\trequest>uri query {",
        *(f"\t\t\t\treplace {name} REDACTED" for name in SECRET),
        "\t\t\t}",
        "\t\t}",
        "\t}",
    ]


def handle(edge: Edge, route: Route, name: str) -> list[str]:
    """One route: the path itself and all below it, as a prefix of Kubernetes' own Ingress; nothing that only begins alike."""
    path = route.path.rstrip("/")
    if not path:
        return ["\thandle {", *proxy(edge, route), "\t}"]
    return [f"\t{name} path {path} {path}/*", f"\thandle {name} {{", *proxy(edge, route), "\t}"]


def proxy(edge: Edge, route: Route) -> list[str]:
    """Where a route leads. Bodies are streamed."""
    if route.outside:
        return outward(edge, route, route.outside)
    limited = edge.max_body is not None and route.bucket is None
    return [
        *(["\t\trequest_body {", f"\t\t\tmax_size {edge.max_body}", "\t\t}"] if limited else []),
        *inward(edge, route),
    ]


def inward(edge: Edge, route: Route) -> list[str]:
    """To pods of the system, each by its own address. The Host header stays as it came (a signature may be over it)."""
    host, _, port = route.upstream.rpartition(":")
    versions = "h2c" if route.protocol == "http2" else "1.1"
    return [
        "\t\treverse_proxy {",
        "\t\t\tdynamic a {",
        f"\t\t\t\tname {host}.",  # absolute: a relative name would be tried with every search domain first
        f"\t\t\t\tport {port}",
        f"\t\t\t\trefresh {REFRESH}s",
        "\t\t\t}",
        "\t\t\tlb_policy least_conn",
        *tries(edge),
        f"\t\t\tfail_duration {SICK}s",
        *transport(edge, versions, DIAL),
        "\t\t}",
    ]


def outward(edge: Edge, route: Route, store: Address) -> list[str]:
    """To an object store that is not ours, under the name that it has: it finds buckets by it, its certificate is for it, and uploads are signed for it.

    What browsers hold for this host (cookies) is none of the store's business. Its addresses are looked up for each connection, so that none of them is
    sick for longer than that.
    """
    versions = "1.1" if route.protocol == "http1" else "2" if store.tls else "h2c"
    return [
        f"\t\treverse_proxy {route.upstream} {{",  # as it is written: it may be relative, of another namespace
        f"\t\t\theader_up Host {store.authority}",
        "\t\t\theader_up -Cookie",
        *tries(edge),
        *transport(edge, versions, FAR, store.host if store.tls else None),
        "\t\t}",
    ]


def tries(edge: Edge) -> list[str]:
    """How long a request is tried that reached nobody."""
    return [
        f"\t\t\tlb_try_duration {min(TRY, quantity.seconds(edge.budget))}s",
        "\t\t\tlb_try_interval 100ms",
    ]


def transport(edge: Edge, versions: str, dial: int, tls: str | None = None) -> list[str]:
    """How it is spoken; over TLS to whoever has the certificate of that name."""
    return [
        "\t\t\ttransport http {",
        f"\t\t\t\tversions {versions}",
        *(["\t\t\t\ttls", f"\t\t\t\ttls_server_name {tls}"] if tls else []),
        f"\t\t\t\tdial_timeout {dial}s",
        f"\t\t\t\tresponse_header_timeout {quantity.seconds(edge.budget)}s",
        "\t\t\t}",
    ]


def ops() -> list[str]:
    """What the kubelet and the metrics collector ask; it speaks of Caddy alone, not of what is behind."""
    return [
        f"http://:{OPS} {{",
        "\tmetrics /metrics",
        "\trespond /ready 200",
        "\trespond /live 200",
        "}",
    ]
