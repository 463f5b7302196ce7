"""The cluster's own network: a bridge on the host, a network namespace a node, and routes between them."""

import contextlib
import json
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from typing import Any

from wireplan.rim import process
from wireplan.rim.cluster.layout import HOST_ADDRESS, NODE_NETWORK, POD_NETWORK, SERVICE_NETWORK, Layout, Node
from wireplan.rim.cluster.settings import POLICY_QUEUE
from wireplan.rim.trouble import Trouble


def mark(layout: Layout) -> str:
    """How a bridge of ours says whose it is."""
    return f"wireplan cluster {layout.name}"


def links() -> list[dict[str, Any]]:
    """Every network link of the machine, with its addresses."""
    return json.loads(process.output(["ip", "-json", "-details", "address", "show"]) or "[]")


def refuse_foreign(layout: Layout, found: Iterable[dict[str, Any]], routes: str) -> None:
    """Refuse to go on where the names or the addresses belong to somebody else.

    Raises:
        Trouble: the bridge's name or a network of ours is in use.
    """
    for link in found:
        name = link["ifname"]
        ours = name == layout.bridge and link.get("ifalias") == mark(layout)
        if name == layout.bridge and not ours:
            raise Trouble(
                f"a network link called {name} is already there, and it is not ours",
                fix=f"remove it (`ip link delete {name}`), or take another name with --name",
            )
        if ours:
            continue
        for address in link.get("addr_info", []):
            if address.get("family") == "inet" and f"{address['local']}" == str(HOST_ADDRESS):
                raise Trouble(
                    f"{name} already has the address {HOST_ADDRESS}",
                    why=f"the cluster needs the network {NODE_NETWORK} for itself",
                    fix="bring that cluster down first: one embedded cluster runs on a machine at a time",
                )
    for line in routes.splitlines():
        target = within_ours(line)
        if target and layout.bridge not in line.split():
            raise Trouble(
                f"the machine already has a route to {target}: {line.strip()}",
                why="the cluster needs that network for itself",
                fix="remove the route",
            )


def within_ours(route: str) -> IPv4Network | None:
    """Where the route leads, if that is one of our networks or a part of it. A wider one, as of a VPN, gives way to ours."""
    # Before the target may stand a kind of route, such as `blackhole`.
    for word in route.split()[:2]:
        with contextlib.suppress(ValueError):
            target = IPv4Network(word, strict=False)
            return (
                target if any(map(target.subnet_of, (NODE_NETWORK, POD_NETWORK, SERVICE_NETWORK))) else None
            )
    return None


def make_bridge(layout: Layout) -> None:
    """Make the bridge with the host's address on it, in one go: half a bridge would not say whose it is."""
    name = layout.bridge
    lines = [
        f"link add {name} type bridge",
        f'link set {name} alias "{mark(layout)}"',
        f"address add {HOST_ADDRESS}/{NODE_NETWORK.prefixlen} dev {name}",
        f"link set {name} up",
    ]
    process.output(["ip", "-batch", "-"], stdin="\n".join(lines) + "\n")


def make_node(layout: Layout, node: Node) -> None:
    """Make the node's network namespace, its cable to the bridge, and its routes to the other nodes' pods."""
    process.output(["ip", "netns", "add", node.namespace])
    process.output(
        ["ip", "link", "add", node.link, "type", "veth", "peer", "name", "eth0", "netns", node.namespace]
    )
    process.output(["ip", "link", "set", node.link, "master", layout.bridge])
    process.output(["ip", "link", "set", node.link, "up"])
    within(node, ["ip", "link", "set", "lo", "up"])
    within(node, ["ip", "address", "add", f"{node.address}/{NODE_NETWORK.prefixlen}", "dev", "eth0"])
    within(node, ["ip", "link", "set", "eth0", "up"])
    within(node, ["ip", "route", "add", "default", "via", str(HOST_ADDRESS)])
    for other in layout.nodes:
        if other != node:
            within(node, ["ip", "route", "add", str(other.pods), "via", str(other.address)])
    within(node, ["tee", "/proc/sys/net/ipv4/ip_forward"], stdin="1")
    for rule in node_rules(node):
        within(node, ["iptables", "--wait", "10", *rule])
    process.output(["ip", "route", "replace", str(node.pods), "via", str(node.address)])


def node_rules(node: Node) -> list[list[str]]:
    """A node's own rules: pods speak to the outside by the node's address, and policies see what pods are sent.

    New connections go to the policy agent where they leave the node or reach a pod, before the source is translated.
    The kubelet's own probes are root's packets from the node itself, which a policy must never stop.
    """
    pods = str(POD_NETWORK)
    queue = ["-m", "conntrack", "--ctstate", "NEW", "-j", "NFQUEUE", "--queue-num", str(POLICY_QUEUE)]
    return [
        ["-t", "nat", "-A", "POSTROUTING", "-s", str(node.pods), "-d", pods, "-j", "RETURN"],
        ["-t", "nat", "-A", "POSTROUTING", "-s", str(node.pods), "-d", str(SERVICE_NETWORK), "-j", "RETURN"],
        ["-t", "nat", "-A", "POSTROUTING", "-s", str(node.pods), "-j", "MASQUERADE"],
        ["-t", "mangle", "-A", "FORWARD", "-d", pods, *queue],
        ["-t", "mangle", "-A", "FORWARD", "-s", str(node.pods), *queue],
    ]


def within(node: Node, command: Sequence[str], stdin: str = "") -> str:
    """Run a command in the node's network."""
    return process.output(["nsenter", f"--net={node.namespace_file}", "--", *command], stdin=stdin)


def is_there(link: str) -> bool:
    """Whether there is a network link of that name, asked of the kernel: /sys may show another network namespace than ours."""
    try:
        return socket.if_nametoindex(link) > 0
    except OSError:
        return False


def drop_node(node: Node) -> None:
    """Remove the node's cable, routes and namespace; what is not there is passed over."""
    if is_there(node.link):
        process.output(["ip", "link", "delete", node.link])
    if node.namespace_file.exists():
        process.output(["ip", "netns", "delete", node.namespace])


def drop_bridge(layout: Layout) -> None:
    """Remove the bridge. Whether there is one at all is asked without a program: a machine may have none."""
    if is_there(layout.bridge) and any(
        link["ifname"] == layout.bridge and link.get("ifalias") == mark(layout) for link in links()
    ):
        process.output(["ip", "link", "delete", layout.bridge])
