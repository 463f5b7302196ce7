"""What the cache of an edge keeps, for how long and for whom, in Varnish's own language (spec row P3; docs/cdn.md).

Requests reach it from Caddy in the same pod, which sends none that carry a principal, and says by a header which route they are of. What it
lacks it fetches by Caddy again, which speaks HTTP/2 to the origin.
"""

from wireplan.manifests import quantity
from wireplan.manifests.providers.edge import routes
from wireplan.manifests.thing import present
from wireplan.topology import names
from wireplan.topology.types import Edge

PURGE = "purge"  # the socket on which answers are taken out
LARGEST = 4  # an answer is kept where at least so many of its size fit
UNKEPT = 10  # seconds for which requests pass by, since the last answer could not be kept
CONNECT = 1  # seconds to the other process of the pod
LONGER = 1  # seconds that this hop waits longer than the next one, whose error says more


def text(edge: Edge) -> str:
    """The whole file."""
    parts = [
        "vcl 4.1;\nimport std;",
        backends(edge),
        receive(edge),
        fetch(edge),
        KEYS,
        deliver(edge),
        FAILURE,
    ]
    return "\n\n".join(parts) + "\n"


def backends(edge: Edge) -> str:
    """Where answers are fetched; and for each route somebody who only asks whether its origin is there."""
    wait = quantity.seconds(edge.budget) + LONGER
    times = f".connect_timeout = {CONNECT}s; .first_byte_timeout = {wait}s; .between_bytes_timeout = {wait}s;"
    address = f'.host = "127.0.0.1"; .port = "{names.EDGE_ORIGIN_PORT}";'
    found = [f"backend origin {{ {address} {times} }}"]
    for number, _ in routes.kept(edge):
        request = (
            f'"GET {routes.ALIVE} HTTP/1.1" "Host: origin" "{routes.PROBE}: {number}" "Connection: close"'
        )
        probe = (
            f".request = {request}; .interval = 2s; .timeout = 2s; .window = 3; .threshold = 2; .initial = 2;"
        )
        found.append(f"backend alive_{number} {{ {address} .probe = {{ {probe} }} }}")
    return "\n".join(found)


def receive(edge: Edge) -> str:
    """What is asked. A stale answer is good enough only while the origin is away, or has just failed (a restart)."""
    stale = quantity.seconds(present(edge.cache).stale)
    away = " || ".join(
        f'(req.http.{routes.ROUTE} == "{number}" && !std.healthy(alive_{number}))'
        for number, _ in routes.kept(edge)
    )
    return RECEIVE.format(purge=PURGE, stale=stale, away=away)


def fetch(edge: Edge) -> str:
    """What is kept: whole answers that say so themselves, that are nobody's own, and that are no errors."""
    cache = present(edge.cache)
    return FETCH.format(
        stale=quantity.seconds(cache.stale),
        ttl=quantity.seconds(cache.ttl),
        largest=cache.size // LARGEST,
        unkept=UNKEPT,
    )


def deliver(edge: Edge) -> str:
    """What became of the request, as RFC 9211 spells it; Age is Varnish's own."""
    return DELIVER.format(name=edge.resource)


RECEIVE = """sub vcl_recv {{
    if (local.socket == "{purge}") {{
        if (req.method != "PURGE") {{ return (synth(405)); }}
        if (req.url !~ "^/[A-Za-z0-9/._~%-]*(\\?.*)?$") {{ return (synth(400)); }}
        # All that lies below, where it ends in a slash; else this one, whatever its query.
        set req.http.Below = regsub(req.url, "\\?.*$", "");
        set req.http.Below = regsuball(req.http.Below, "[^A-Za-z0-9/_~-]", "\\\\\\0");
        if (req.url !~ "/$") {{ set req.http.Below = req.http.Below + "(\\?.*)?$"; }}
        ban("obj.http.Kept-For ~ ^" + req.http.Below);
        return (synth(204));
    }}
    if (req.method != "GET" && req.method != "HEAD") {{ return (synth(405)); }}
    set req.grace = 0s;
    if (req.restarts > 0 || {away}) {{
        set req.grace = {stale}s;
        set req.hash_ignore_busy = true;
    }}
    # Varnish has added the address of Caddy in its own pod, which says nothing.
    set req.http.X-Forwarded-For = regsub(req.http.X-Forwarded-For, ", *127\\.0\\.0\\.1$", "");
    # Of several ranges at once the whole is as good an answer (RFC 9110, 14.2); Varnish would refuse them.
    if (req.http.Range && req.http.Range !~ "^bytes=[0-9]*-[0-9]*$") {{ unset req.http.Range; }}
    return (hash);
}}"""

KEYS = """sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

sub vcl_miss {
    if (req.restarts > 0) { return (synth(503)); }
    return (fetch);
}"""

FETCH = """sub vcl_backend_fetch {{
    # Stale answers are given only while the origin is away: nothing is fetched behind their back.
    if (bereq.is_bgfetch) {{ return (abandon); }}
    unset bereq.body;
    return (fetch);
}}

sub vcl_backend_response {{
    if (bereq.uncacheable) {{
        set beresp.http.Kept-By = "fwd=bypass";
        return (deliver);
    }}
    if (beresp.status >= 500) {{ return (abandon); }}
    set beresp.http.Kept-For = bereq.url;
    set beresp.http.Kept-By = "fwd=uri-miss";
    if (bereq.http.If-None-Match || bereq.http.If-Modified-Since) {{
        set beresp.http.Kept-By = "fwd=stale; fwd-status=200";
        if (beresp.was_304) {{ set beresp.http.Kept-By = "fwd=stale; fwd-status=304"; }}
    }}
    set beresp.keep = 0s;
    if (beresp.status != 200
        || beresp.http.Cache-Control !~ "(?i)max-?age *= *[1-9]"
        || beresp.http.Cache-Control ~ "(?i)(private|no-store|no-cache)"
        || beresp.http.Set-Cookie
        || beresp.http.Vary ~ "\\*"
        || !beresp.http.Content-Length
        || std.integer(beresp.http.Content-Length, 0) > {largest}) {{
        # For a while such requests pass, with their own ranges and tags, and do not wait for each other.
        return (pass({unkept}s));
    }}
    if (beresp.ttl > {ttl}s) {{ set beresp.ttl = {ttl}s; }}
    set beresp.grace = {stale}s;
    if (beresp.http.Cache-Control ~ "(?i)(must|proxy)-revalidate") {{ set beresp.grace = 0s; }}
    return (deliver);
}}

sub vcl_backend_error {{
    return (abandon);
}}"""

DELIVER = """sub vcl_deliver {{
    if (obj.uncacheable) {{
        set resp.http.Cache-Status = "{name}; " + resp.http.Kept-By;
        unset resp.http.Age;
    }} elsif (obj.hits > 0) {{
        set resp.http.Cache-Status = "{name}; hit; ttl=" + regsub(obj.ttl, "\\..*", "");
    }} else {{
        set resp.http.Cache-Status = "{name}; " + resp.http.Kept-By + "; stored";
    }}
    unset resp.http.Kept-For;
    unset resp.http.Kept-By;
    unset resp.http.Via;
    unset resp.http.X-Varnish;
    return (deliver);
}}"""

FAILURE = """sub vcl_synth {
    if (resp.status == 503 && req.restarts == 0) { return (restart); }
    unset resp.http.Server;
    unset resp.http.X-Varnish;
    set resp.http.Cache-Control = "no-store";
    set resp.http.Content-Type = "text/plain";
    if (resp.status == 503) {
        set resp.http.Retry-After = "1";
        synthetic("the origin does not answer");
    } else {
        synthetic("");
    }
    return (deliver);
}"""
