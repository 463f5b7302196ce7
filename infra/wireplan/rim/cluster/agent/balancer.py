"""Addresses for Services of type LoadBalancer, and the host's routes to them. Deciding is pure; `Balancer` acts."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from wireplan.rim import process
from wireplan.rim.cluster.api import Api, Object, RefusedError, holds, listed
from wireplan.rim.cluster.layout import BALANCER_ADDRESSES, SERVICE_NETWORK, Layout, Node
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble


@dataclass(frozen=True)
class Balanced:
    """A Service with its address, and the ports to be had on it."""

    namespace: str
    name: str
    address: IPv4Address
    ports: tuple[tuple[str, int], ...]
    given: bool


def wanted(services: Iterable[Object]) -> list[Object]:
    """The Services that ask for a load balancer, the oldest first: who came first keeps what he has."""
    found = [
        service
        for service in services
        if service["spec"].get("type") == "LoadBalancer"
        and not service["spec"].get("loadBalancerClass")
        and not service["metadata"].get("deletionTimestamp")
    ]
    return sorted(
        found,
        key=lambda s: (
            s["metadata"].get("creationTimestamp", ""),
            s["metadata"]["namespace"],
            s["metadata"]["name"],
        ),
    )


def current(service: Object) -> IPv4Address | None:
    """The address that the Service already has, if it is one of ours."""
    for ingress in listed(service, "status", "loadBalancer", "ingress"):
        with contextlib.suppress(AddressValueError):
            address = IPv4Address(ingress.get("ip", ""))
            if address in BALANCER_ADDRESSES:
                return address
    return None


def assign(services: Iterable[Object]) -> list[Balanced]:
    """Every such Service with its address: the one it has, else the lowest free one; none when all are taken."""
    asking = wanted(services)
    taken: dict[IPv4Address, str] = {}
    for service in asking:
        if address := current(service):
            taken.setdefault(address, service["metadata"]["uid"])
    found: list[Balanced] = []
    for service in asking:
        uid, address = service["metadata"]["uid"], current(service)
        given = address is not None and taken[address] == uid
        if not given:
            address = next((free for free in BALANCER_ADDRESSES if free not in taken), None)
        if address is None:
            continue
        taken[address] = uid
        ports = tuple(
            (port.get("protocol", "TCP"), int(port["port"])) for port in listed(service, "spec", "ports")
        )
        found.append(
            Balanced(service["metadata"]["namespace"], service["metadata"]["name"], address, ports, given)
        )
    return found


def gateway(nodes: Iterable[Object], layout: Layout) -> Node | None:
    """The node that traffic from the host enters by: the first that is ready."""
    alive = {node["metadata"]["name"] for node in nodes if holds(node, "Ready")}
    return next((node for node in layout.nodes if node.name in alive), None)


def routes(balanced: Sequence[Balanced], entrance: Node) -> dict[str, str]:
    """What the host reaches by that node: every balanced address, and the Services themselves."""
    found = {str(one.address): str(entrance.address) for one in balanced}
    return {**found, str(SERVICE_NETWORK): str(entrance.address)}


class Balancer:
    """Keeps addresses and routes as they should be."""

    def __init__(self, api: Api, layout: Layout) -> None:
        self.api = api
        self.layout = layout
        self.entrance: Node | None = None
        self.routed: dict[str, str] = {}

    def reconcile(self) -> list[Balanced]:
        """Give addresses, set routes; return what should be forwarded to."""
        nodes = self.api.items("/api/v1/nodes")
        self.name_ranges(nodes)
        balanced = assign(self.api.items("/api/v1/services"))
        for one in balanced:
            if not one.given:
                self.give(one)
        if entrance := gateway(nodes, self.layout):
            self.route(routes(balanced, entrance))
        return balanced

    def name_ranges(self, nodes: Iterable[Object]) -> None:
        """Write each node's pod range into its object, where tools look for it."""
        ranges = {node.name: str(node.pods) for node in self.layout.nodes}
        for node in nodes:
            name = node["metadata"]["name"]
            if name in ranges and not node["spec"].get("podCIDR"):
                change = {"spec": {"podCIDR": ranges[name], "podCIDRs": [ranges[name]]}}
                self.api.merge(f"/api/v1/nodes/{name}", change)

    def give(self, one: Balanced) -> None:
        """Write the address into the Service's status."""
        change = {"status": {"loadBalancer": {"ingress": [{"ip": str(one.address), "ipMode": "VIP"}]}}}
        try:
            self.api.merge(f"/api/v1/namespaces/{one.namespace}/services/{one.name}/status", change)
        except RefusedError as refusal:
            say(f"{one.namespace}/{one.name} could not be given {one.address}: {refusal}")
            return
        say(f"{one.namespace}/{one.name} has the address {one.address}")

    def route(self, needed: dict[str, str]) -> None:
        """Make the host's routes those that are needed; the bridge takes them with it when it goes."""
        for target in self.routed.keys() - needed.keys():
            with contextlib.suppress(Trouble):
                process.output(["ip", "route", "delete", target, "dev", self.layout.bridge])
        for target, via in needed.items():
            if self.routed.get(target) != via:
                process.output(["ip", "route", "replace", target, "via", via, "dev", self.layout.bridge])
        self.routed = dict(needed)
