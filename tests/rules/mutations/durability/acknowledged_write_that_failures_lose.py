"""Two members that promise nothing; a bucket in the store of one pod."""

from collections.abc import Iterator

from wireplan.topology.chains import needed

from tests.rules.mutating import GONE, Host, Mutation, Path


def mutations(host: Host) -> Iterator[Mutation]:
    environment = named(host)
    if host.dev or environment is None:
        return
    used = {service.database.cluster for service in host.services() if service.database}
    for cluster in host.clusters():
        base = ("databases", cluster.name)
        said = {(*base, key): GONE for key in ("rpo", "synchronous") if host.written(*base, key) is not None}
        if cluster.name in used:
            yield host.puts({**environment, **said, (*base, "instances"): 2}, (*base, "instances"))
    for service in host.services():
        routed = any(route.bucket for edge in host.topology.edges.values() for route in edge.routes)
        if service.name not in needed(host.topology) and not routed and "kept" not in host.topology.buckets:
            kept = {
                ("buckets", "kept"): {},
                ("services", service.name, "buckets", "kept"): {"access": "write"},
            }
            yield host.puts(
                {**environment, **kept, ("object_store",): {"provider": "builtin"}}, ("object_store",)
            )


def named(host: Host) -> dict[Path, str] | None:
    """What names an environment; None where that alone would ask for more than the system has."""
    store = host.topology.object_store
    if host.written("environment") is not None:
        return {}
    kept = all(cluster.backup for cluster in host.clusters() if cluster.databases)
    return (
        {("environment", "profile"): "prod"}
        if kept and (store is None or store.provider == "external")
        else None
    )
