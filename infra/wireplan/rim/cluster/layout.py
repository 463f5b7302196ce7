"""Where an embedded cluster is: its names, addresses and folders. Pure arithmetic, so that every part agrees."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from wireplan.rim import home
from wireplan.rim.trouble import Trouble

DOMAIN = "cluster.local"
NODE_COUNT = 3

NODE_NETWORK = IPv4Network("10.99.0.0/24")
POD_NETWORK = IPv4Network("10.98.0.0/16")
SERVICE_NETWORK = IPv4Network("10.97.0.0/16")
HOST_ADDRESS = NODE_NETWORK[1]
API_SERVICE_ADDRESS = SERVICE_NETWORK[1]
DNS_ADDRESS = SERVICE_NETWORK[10]
BALANCER_ADDRESSES = tuple(NODE_NETWORK[n] for n in range(200, 251))

API_PORT = 6443
ETCD_PORT = 2379
ETCD_PEER_PORT = 2380
REGISTRY_PORT = 5000

# A link's name has 15 characters at most: `wp-`, the name, and one digit.
NAME = re.compile(r"[a-z][a-z0-9]{0,10}")


@dataclass(frozen=True)
class Node:
    """One node: a network namespace, a mount namespace, a control group and a folder."""

    cluster: str
    number: int
    folder: Path
    run: Path

    @property
    def name(self) -> str:
        """Its name in Kubernetes."""
        return f"node-{self.number}"

    @property
    def zone(self) -> str:
        """Its failure zone: each node is one of its own, so that spread over zones can be shown."""
        return f"zone-{self.number}"

    @property
    def address(self) -> IPv4Address:
        """Its address on the bridge."""
        return NODE_NETWORK[10 + self.number]

    @property
    def pods(self) -> IPv4Network:
        """The range its pods get addresses from."""
        return list(POD_NETWORK.subnets(new_prefix=24))[self.number]

    @property
    def namespace(self) -> str:
        """Its network namespace."""
        return f"wp-{self.cluster}-{self.name}"

    @property
    def namespace_file(self) -> Path:
        """Where `ip netns` keeps that namespace."""
        return Path("/run/netns") / self.namespace

    @property
    def mounts_file(self) -> Path:
        """Where its mount namespace is kept alive: one unmount of this file takes every mount of the node with it."""
        return self.run.parent / "mounts" / self.name

    @property
    def link(self) -> str:
        """The host's end of its cable to the bridge."""
        return f"wp-{self.cluster}{self.number}"

    @property
    def group(self) -> str:
        """Its control group, below every hierarchy's root."""
        return f"wireplan-{self.cluster}/{self.name}"

    @property
    def runtime_socket(self) -> Path:
        """Where its containerd listens."""
        return self.run / "containerd.sock"


@dataclass(frozen=True)
class Layout:
    """One cluster's places."""

    name: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise Trouble(
                f"{self.name!r} cannot name a cluster",
                why="it becomes part of network link names",
                fix="use a letter, then at most ten letters or digits, all small",
            )

    @property
    def folder(self) -> Path:
        """Everything that outlives a reboot: certificates, etcd, volumes, images of the nodes, logs."""
        return home.clusters() / self.name

    @property
    def run(self) -> Path:
        """Sockets and process records; gone after a reboot, as the processes are."""
        return home.runtime() / self.name

    @property
    def context(self) -> str:
        """The context in its kubeconfig."""
        return f"wireplan-{self.name}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    @property
    def certificates(self) -> Path:
        """Authorities, keys and certificates."""
        return self.folder / "certificates"

    @property
    def settings(self) -> Path:
        """The configuration files of its programs."""
        return self.folder / "settings"

    @property
    def logs(self) -> Path:
        """One log a process."""
        return self.folder / "logs"

    @property
    def etcd(self) -> Path:
        """The state of the API."""
        return self.folder / "etcd"

    @property
    def volumes(self) -> Path:
        """What persistent volumes hold, a folder a node."""
        return self.folder / "volumes"

    @property
    def records(self) -> Path:
        """One file a process: its id and start time."""
        return self.run / "processes"

    @property
    def bridge(self) -> str:
        """The bridge that the nodes hang on."""
        return f"wp-{self.name}0"

    @property
    def group(self) -> str:
        """The control group above all its processes."""
        return f"wireplan-{self.name}"

    @property
    def server(self) -> str:
        """The API server's address, the same for pods, nodes and the host."""
        return f"https://{HOST_ADDRESS}:{API_PORT}"

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its nodes, in order."""
        return tuple(self.node(number) for number in range(1, NODE_COUNT + 1))

    def node(self, number: int) -> Node:
        """The node of that number."""
        name = f"node-{number}"
        return Node(self.name, number, self.folder / name, self.run / name)

    def named(self, name: str) -> Node:
        """The node of that name.

        Raises:
            Trouble: there is none.
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise Trouble(
            f"the cluster {self.name} has no node {name!r}",
            fix="its nodes are " + ", ".join(node.name for node in self.nodes),
        )
