"""Calls by HTTP where services know each other by certificates."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation

MTLS = ("environment", "mtls")
NO_DRAFT = ("PG008",)
"""A file that names an environment is no draft any more, and its databases are asked for backups."""


def mutations(host: Host) -> Iterator[Mutation]:
    for path, call in host.calls():
        if (
            call.fallback
            or not call.critical
            or call.methods
            or len(host.topology.services[call.callee].calls)
        ):
            continue
        values = {
            MTLS: "builtin",
            ("services", call.callee, "serves_http"): "http2",
            (*path, "protocol"): "http",
        }
        yield host.puts(values, path, NO_DRAFT)
