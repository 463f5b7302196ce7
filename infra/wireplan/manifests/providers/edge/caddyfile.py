"""The Caddyfile of an edge: HTTP/3 with HTTP/2 to fall back on in front, HTTP/2 behind (spec rows P1, P2, P3)."""

from collections.abc import Sequence

from wireplan.manifests import pods, quantity
from wireplan.manifests.providers.edge import routes
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
LOGGED = ("request>uri", "request>headers>Referer", "resp_headers>Location")
"""Where the log tells addresses: what is asked for, from where, and where browsers are sent on."""


def text(edge: Edge) -> str:
    """The whole file."""
    behind = [*behind_the_cache(edge), ""] if routes.kept(edge) else []
    return "\n".join([*head(edge), "", *site(edge), "", *behind, *ops(), ""])


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
    # Each under a matcher of a name: Caddy sorts bare paths itself, and would not keep the two kinds in this order.
    for number, route in routes.numbered(edge):
        lines += handle(edge, route, number)
    if not any(route.path == "/" for route in edge.routes):
        lines += ["\thandle {", "\t\trespond 404", "\t}"]  # Caddy's own answer would be 200 and nothing
    return [*lines, "}"]


def log() -> list[str]:
    """A log in JSON without what would let its reader in."""
    hidden = [f"\t\t\t\treplace {name} REDACTED" for name in SECRET]
    return [
        "\tlog {",
        "\t\toutput stdout",
        "\t\tformat filter {",
        "\t\t\twrap json",
        *(line for field in LOGGED for line in (f"\t\t\t{field} query {{", *hidden, "\t\t\t}")),
        "\t\t}",
        "\t}",
    ]


def handle(edge: Edge, route: Route, number: int) -> list[str]:
    """One route: the path itself and all below it, as a prefix of Kubernetes' own Ingress; nothing that only begins alike."""
    path, name = route.path.rstrip("/"), f"@route{number}"
    lines = [*(by_the_cache(edge, number) if route.cache else []), *proxy(edge, route)]
    if not path:
        return ["\thandle {", *lines, "\t}"]
    return [f"\t{name} path {path} {path}/*", f"\thandle {name} {{", *lines, "\t}"]


def by_the_cache(edge: Edge, number: int) -> list[str]:
    """What may be kept goes by the cache of the pod, and past it while it is away; what carries a principal goes straight to the origin."""
    return [
        f"\t\t@kept{number} {{",
        "\t\t\tmethod GET HEAD",
        "\t\t\tnot header Authorization *",
        "\t\t}",
        f"\t\treverse_proxy @kept{number} 127.0.0.1:{names.EDGE_CACHE_PORT} 127.0.0.1:{names.EDGE_ORIGIN_PORT} {{",
        f"\t\t\theader_up {routes.ROUTE} {number}",
        f"\t\t\theader_up -{routes.PROBE}",
        "\t\t\theader_up -Cookie",  # what is everybody's does not depend on who asks
        "\t\t\tlb_policy first",
        *tries(edge),
        f"\t\t\tfail_duration {SICK}s",
        *transport(edge, "1.1", DIAL, wait=2, exact=True),
        "\t\t}",
    ]


def behind_the_cache(edge: Edge) -> list[str]:
    """Where the cache fetches what it lacks, and asks whether origins are there. Only this pod comes here."""
    lines = [f"http://:{names.EDGE_ORIGIN_PORT} {{", "\tbind 127.0.0.1", *log()]
    for number, route in routes.kept(edge):
        lines += [f"\t@probe{number} header {routes.PROBE} {number}", f"\tlog_skip @probe{number}"]
        lines.append(f"\thandle @probe{number} {{")
        lines += [*proxy(edge, route, (f"\t\t\theader_up -{routes.PROBE}", *ANSWERED)), "\t}"]
        lines += [f"\t@route{number} header {routes.ROUTE} {number}", f"\thandle @route{number} {{"]
        lines += [*proxy(edge, route, PASSED_ON), "\t}"]
    return [*lines, "}"]


ANSWERED = (
    "\t\t\t@answered status 2xx 3xx 4xx",
    "\t\t\thandle_response @answered {",
    "\t\t\t\trespond 200",
    "\t\t\t}",
)
"""Whatever it says, it is there."""

PASSED_ON = (
    f"\t\t\theader_up -{routes.ROUTE}",
    "\t\t\theader_up X-Forwarded-For {http.request.header.X-Forwarded-For}",
    "\t\t\theader_up X-Forwarded-Proto {http.request.header.X-Forwarded-Proto}",
)
"""Who asked is who came to the edge, not the cache beside it."""


def proxy(edge: Edge, route: Route, more: Sequence[str] = ()) -> list[str]:
    """Where a route leads, with `more` to say of it. Bodies are streamed."""
    if route.outside:
        return outward(edge, route, route.outside, more)
    limited = edge.max_body is not None and route.bucket is None
    return [
        *(["\t\trequest_body {", f"\t\t\tmax_size {edge.max_body}", "\t\t}"] if limited else []),
        *inward(edge, route, more),
    ]


def inward(edge: Edge, route: Route, more: Sequence[str]) -> list[str]:
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
        *more,
        "\t\t\tlb_policy least_conn",
        *tries(edge),
        f"\t\t\tfail_duration {SICK}s",
        *transport(edge, versions, DIAL, exact=route.cache),
        "\t\t}",
    ]


def outward(edge: Edge, route: Route, store: Address, more: Sequence[str]) -> list[str]:
    """To an object store that is not ours, under the name that it has: it finds buckets by it, its certificate is for it, and uploads are signed for it.

    What browsers hold for this host (cookies) is none of the store's business. Its addresses are looked up for each connection, so that none of them is
    sick for longer than that.
    """
    versions = "1.1" if route.protocol == "http1" else "2" if store.tls else "h2c"
    return [
        f"\t\treverse_proxy {route.upstream} {{",  # as it is written: it may be relative, of another namespace
        f"\t\t\theader_up Host {store.authority}",
        "\t\t\theader_up -Cookie",
        *more,
        *tries(edge),
        *transport(edge, versions, FAR, store.host if store.tls else None, exact=route.cache),
        "\t\t}",
    ]


def tries(edge: Edge) -> list[str]:
    """How long a request is tried that reached nobody."""
    return [
        f"\t\t\tlb_try_duration {min(TRY, quantity.seconds(edge.budget))}s",
        "\t\t\tlb_try_interval 100ms",
    ]


def transport(
    edge: Edge, versions: str, dial: int, tls: str | None = None, *, wait: int = 0, exact: bool = False
) -> list[str]:
    """How it is spoken; over TLS to whoever has the certificate of that name.

    `wait`: seconds beyond the edge's budget. `exact`: bytes come as they lie at the origin, for the cache to tell ranges and tags of them.
    """
    return [
        "\t\t\ttransport http {",
        f"\t\t\t\tversions {versions}",
        *(["\t\t\t\ttls", f"\t\t\t\ttls_server_name {tls}"] if tls else []),
        *(["\t\t\t\tcompression off"] if exact else []),
        f"\t\t\t\tdial_timeout {dial}s",
        f"\t\t\t\tresponse_header_timeout {quantity.seconds(edge.budget) + wait}s",
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
