"""The built-in store under a bucket that requests need. In profile dev that is all there is."""

from collections.abc import Iterator

from wireplan.topology.chains import needed

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    if host.dev or host.written("object_store", "provider") == "builtin":
        return
    for name in needed(host.topology):
        kept = {("buckets", "kept"): {}, ("services", name, "buckets", "kept"): {"access": "read"}}
        store = {("object_store",): {"provider": "builtin"}}
        yield host.puts({**kept, **store}, ("object_store", "provider"))
