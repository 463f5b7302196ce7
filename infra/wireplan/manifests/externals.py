"""What is kept in the system's namespace for an external system that Wireplan brings: a certificate for it, and by what it knows us (spec rows P10, M3)."""

from collections.abc import Iterator

from wireplan.manifests import common
from wireplan.manifests.common import Owner
from wireplan.manifests.thing import Object, Plan, Value, thing
from wireplan.topology.addresses import address


@thing("external", rank=58)
def externals(plan: Plan) -> Iterator[Object]:
    """Secrets of each. Whoever runs the system itself brings its own, or needs none."""
    topology = plan.topology
    for name, external in sorted(topology.externals.items()):
        if external.provider != "builtin":
            continue
        owner = Owner(topology, name, "external", ("external", name), (("namespace", topology.system),))
        host = address(external.url).host
        parts = (("tls.crt", "chain"), ("tls.key", "key"), ("ca.crt", "authority"))
        values = {key: Value("certificate", (part, host)) for key, part in parts}
        yield common.secret(owner, external.tls_secret, values)
        if external.auth and external.auth_secret:
            yield common.secret(owner, external.auth_secret, {external.auth: Value("password")})
