"""NetworkPolicies: the namespace denies everything, DNS is open, and each workload allows the flows that are its own."""

from collections.abc import Iterable, Iterator, Mapping

from wireplan.manifests import labels
from wireplan.manifests.common import Owner
from wireplan.manifests.flow import End, Flow, Port
from wireplan.manifests.thing import Body, Object, Plan, thing

DNS = 53
NODE_LOCAL_DNS = "169.254.20.10/32"
SCRAPES = f"{labels.OWN}scrapes"  # a monitoring namespace is let in to the ops port by this label, "true"
SYSTEM_NAMESPACE = "kube-system"
EVERYWHERE, EVERYWHERE_6 = "0.0.0.0/0", "::/0"
NAMESPACE_LABEL = "kubernetes.io/metadata.name"


@thing("network", rank=10)
def network(plan: Plan) -> Iterator[Object]:
    """Default deny in both directions, and DNS for everybody."""
    topology = plan.topology
    owner = Owner(
        topology, topology.system, "network", ("network", topology.system), (("namespace", topology.system),)
    )
    yield policy(owner, "default-deny", {}, {"policyTypes": ["Ingress", "Egress"]})
    ports = [entry(Port(DNS, "UDP")), entry(Port(DNS))]
    to = [in_namespace(SYSTEM_NAMESPACE), {"ipBlock": {"cidr": NODE_LOCAL_DNS}}]
    yield policy(owner, "allow-dns", {}, {"policyTypes": ["Egress"], "egress": [{"to": to, "ports": ports}]})


def allow(
    plan: Plan,
    owner: Owner,
    end: End,
    *,
    ops: int | None = None,
    ingress: Iterable[Body] = (),
    egress: Iterable[Body] = (),
) -> Object:
    """The policy of one workload: each rule is one flow of the Topology, or a need of the part itself given by its maker."""
    mine = plan.flows_of(end)
    enters = [*(into(flow) for flow in mine if flow.target.name == end.name), *ingress]
    leaves = [*(out_of(flow) for flow in mine if flow.source.name == end.name), *egress]
    if ops is not None:
        enters.append(
            {"from": [{"namespaceSelector": {"matchLabels": {SCRAPES: "true"}}}], "ports": [entry(Port(ops))]}
        )
    spec: Body = {"policyTypes": ["Ingress", "Egress"]}
    if enters:
        spec["ingress"] = enters
    if leaves:
        spec["egress"] = leaves
    return policy(owner, owner.name, end.pods or {}, spec)


def into(flow: Flow) -> Body:
    """The rule at the target."""
    ports = [entry(port) for port in flow.ports]
    return {"ports": ports} if flow.source.outside else {"from": [peer(flow.source)], "ports": ports}


def out_of(flow: Flow) -> Body:
    """The rule at the source."""
    ports = [entry(port) for port in flow.ports]
    to = anywhere() if flow.target.outside else [peer(flow.target)]
    if flow.target.namespace:  # addresses of pods are no addresses to some networks, Cilium's for one
        to.append(in_namespace(flow.target.namespace))
    return {"to": to, "ports": ports}


def peer(end: End) -> Body:
    """Pods of the same namespace."""
    return {"podSelector": {"matchLabels": dict(end.pods or {})}}


def anywhere() -> list[Body]:
    """Every address: a NetworkPolicy cannot name a host."""
    return [{"ipBlock": {"cidr": EVERYWHERE}}, {"ipBlock": {"cidr": EVERYWHERE_6}}]


def in_namespace(name: str, pods: Mapping[str, str] | None = None) -> Body:
    """Pods of another namespace."""
    body: Body = {"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: name}}}
    if pods:
        body["podSelector"] = {"matchLabels": dict(pods)}
    return body


def entry(port: Port) -> Body:
    """A port of a rule."""
    return {"protocol": port.protocol, "port": port.number}


def policy(owner: Owner, name: str, pods: Mapping[str, str], spec: Body) -> Object:
    """A NetworkPolicy; an empty selector is every pod of the namespace."""
    selector: Body = {"matchLabels": dict(pods)} if pods else {}
    return owner.object(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": owner.metadata(name),
            "spec": {"podSelector": selector, **spec},
        }
    )
