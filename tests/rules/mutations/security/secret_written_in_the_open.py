"""A secret's value in a variable, an address, a parameter, a patch."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        yield host.put("a1b2c3d4e5f6", "services", service.name, "environment", "API_TOKEN")
        yield host.put("postgres://me:hunter22@db/x", "services", service.name, "environment", "STORE")
    for cluster in host.topology.databases:
        yield host.put("hunter22", "databases", cluster, "parameters", "vault.passphrase")
    external = ("externals", "paid", "url")
    yield host.puts({external: "https://me:hunter22@paid.example"}, external)
    yield host.patch("Secret", {"stringData": {"any": "hunter22"}}, "stringData", "any")
