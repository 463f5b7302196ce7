"""Two members that promise nothing; a bucket in the store of one pod."""

from collections.abc import Iterator

from wireplan.topology.chains import needed

from tests.rules.mutating import GONE, Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    where = host.topology.environment
    if host.written("environment") is None or not where.survives:
        return
    used = {service.database.cluster for service in host.services() if service.database}
    for cluster in host.clusters():
        base = ("databases", cluster.name)
        said = {(*base, key): GONE for key in ("rpo", "synchronous") if host.written(*base, key) is not None}
        if cluster.name in used:
            yield host.puts({**said, (*base, "instances"): 2}, (*base, "instances"))
    for service in host.services():
        routed = any(route.bucket for edge in host.topology.edges.values() for route in edge.routes)
        if service.name not in needed(host.topology) and not routed and "kept" not in host.topology.buckets:
            kept = {
                ("buckets", "kept"): {},
                ("services", service.name, "buckets", "kept"): {"access": "write"},
            }
            yield host.puts({**kept, ("object_store",): {"provider": "builtin"}}, ("object_store",))
