"""Certificates too short for what is done with them, and too long for who steals them."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation

LIFE = ("environment", "certificate_lifetime")
NO_DRAFT = ("PG008",)
"""A file that names an environment is no draft any more, and its databases are asked for backups."""


def mutations(host: Host) -> Iterator[Mutation]:
    for life in ("5m", "4d"):
        yield host.puts({("environment", "mtls"): "builtin", LIFE: life}, LIFE, NO_DRAFT)
