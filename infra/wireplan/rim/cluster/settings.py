"""The configuration files of a cluster's programs, as text. Kubernetes reads JSON wherever it reads YAML."""

import json
from pathlib import Path

from wireplan.rim.cluster.layout import (
    DNS_ADDRESS,
    DOMAIN,
    HOST_ADDRESS,
    POD_NETWORK,
    REGISTRY_PORT,
    Layout,
    Node,
)

PAUSE = "registry.k8s.io/pause:3.10"
POLICY_QUEUE = 100


def kubelet(layout: Layout, node: Node, *, reserved_bytes: int) -> str:
    """One node's kubelet. `reserved_bytes` is what this machine's other nodes and programs take of its memory."""
    document = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(layout.certificates / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(layout.certificates / f"{node.name}.crt"),
        "tlsPrivateKeyFile": str(layout.certificates / f"{node.name}.key"),
        "clusterDomain": DOMAIN,
        "clusterDNS": [str(DNS_ADDRESS)],
        "resolvConf": str(layout.settings / "resolv.conf"),
        "containerRuntimeEndpoint": f"unix://{node.runtime_socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{node.group}",
        # Kubernetes 1.34 still runs on version 1, but only when told so.
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "volumePluginDir": str(node.folder / "plugins"),
        "podLogsDir": str(node.folder / "pod-logs"),
        # The node is one of several on this machine: what the others take is reserved, so that the scheduler does not
        # promise the same memory three times.
        "systemReserved": {"memory": str(reserved_bytes)},
        "enforceNodeAllocatable": ["pods"],
        # The disk belongs to the machine's owner: a fuller disk is theirs to judge, until little is left at all.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 99,
        "imageGCLowThresholdPercent": 98,
        "serializeImagePulls": False,
        "maxParallelImagePulls": 3,
        # What changes of a node is told within five seconds, and that it lives by its lease (renewed at a quarter of its length). Where
        # only the first is set, the whole status is also written that often: each time work for everybody who watches nodes.
        "nodeStatusUpdateFrequency": "5s",
        "nodeStatusReportFrequency": "5m",
        "nodeLeaseDurationSeconds": 20,
        "logging": {"verbosity": 1},
    }
    return json.dumps(document, indent=2) + "\n"


def kube_proxy(layout: Layout, node: Node) -> str:
    """One node's service proxy."""
    document = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clusterCIDR": str(POD_NETWORK),
        "hostnameOverride": node.name,
        "clientConnection": {"kubeconfig": str(layout.settings / "kube-proxy.kubeconfig")},
        # The table's size belongs to the machine and cannot be set from within a namespace.
        "conntrack": {"maxPerCore": 0, "min": 0},
        "nodePortAddresses": [f"{node.address}/32"],
    }
    return json.dumps(document, indent=2) + "\n"


def network(node: Node) -> str:
    """The pod network: a routed cable a pod, so that every packet between pods passes the node's policy rules."""
    document = {
        "cniVersion": "1.0.0",
        "name": "wireplan",
        "plugins": [
            {
                "type": "ptp",
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(node.run / "addresses"),
                    "routes": [{"dst": "0.0.0.0/0"}],
                    "ranges": [[{"subnet": str(node.pods)}]],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def containerd(
    layout: Layout, node: Node, *, runc: Path, plugins: Path, restricted: bool, overlay: bool
) -> str:
    """One node's container runtime, with folders and sockets of its own: the machine's containerd is not touched.

    `restricted` is for a root that may not lower its out-of-memory score: runc would die of it. `overlay` says whether layers
    can be laid over each other; where they cannot, each image is unpacked whole.
    """
    return f"""\
version = 2
root = "{node.folder / "containerd"}"
state = "{node.run / "containerd"}"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
  address = "{node.runtime_socket}"

[ttrpc]
  address = "{node.runtime_socket}.ttrpc"

[plugins."io.containerd.internal.v1.opt"]
  path = "{node.folder / "opt"}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  restrict_oom_score_adj = {str(restricted).lower()}
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  max_concurrent_downloads = 6

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{layout.settings / node.name / "network"}"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{layout.settings / "registries"}"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{"overlayfs" if overlay else "native"}"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "{runc}"
        SystemdCgroup = false
"""


def registry() -> str:
    """Every image name is asked for at our own registry first; what it lacks comes from the name's own one."""
    return f"""\
[host."http://{HOST_ADDRESS}:{REGISTRY_PORT}"]
  capabilities = ["pull", "resolve"]
"""


def resolver(lines: list[str]) -> str:
    """What CoreDNS forwards to: the machine's name servers without those on loopback, which a pod would ask itself."""
    servers = [
        words[1] for words in (line.split() for line in lines) if len(words) > 1 and words[0] == "nameserver"
    ]
    outside = [server for server in servers if not server.startswith(("127.", "::1"))]
    return "".join(f"nameserver {server}\n" for server in outside)
