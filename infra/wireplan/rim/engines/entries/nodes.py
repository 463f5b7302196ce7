"""What a node needs besides Kubernetes: from Debian where that is at hand, since it is what was tried longest."""

from wireplan.rim.engines.kinds import Ask, Debian, Engine, Fit, Purpose, Release, System

GITHUB = "https://github.com"

CONTAINERD = Engine(
    "containerd",
    "1.6.20",
    Purpose.CLUSTER,
    fit=Fit("1.6", "2"),
    ask=Ask(("--version",), r" v?(\d+\.\d+\.\d+)"),
    note="runs containers",
    ways=(
        Debian(
            ("containerd",),
            {name: f"usr/bin/{name}" for name in ("containerd", "containerd-shim-runc-v2", "ctr")},
        ),
        Release(
            "1.7.30",
            GITHUB
            + "/containerd/containerd/releases/download/v1.7.30/containerd-1.7.30-linux-{machine}.tar.gz",
            {"amd64": "ca0f27e34411504acd1cd24fcbaa71b9c47d31ce9408c47c54a2dc1810ceb1df"},
            {name: f"bin/{name}" for name in ("containerd", "containerd-shim-runc-v2", "ctr")},
        ),
    ),
)

RUNC = Engine(
    "runc",
    "1.1.5",
    Purpose.CLUSTER,
    fit=Fit("1.1", "2"),
    ask=Ask(("--version",), r"runc version (\S+)"),
    note="starts a container",
    ways=(Debian(("runc",), {"runc": "usr/sbin/runc"}),),
)

CNI = Engine(
    "cni",
    "1.1.1",
    Purpose.CLUSTER,
    fit=Fit("1.1", "2"),
    note="a folder of network plugins for pods",
    ways=(
        Debian(("containernetworking-plugins",), {"cni": "usr/lib/cni"}),
        Release(
            "1.8.0",
            GITHUB
            + "/containernetworking/plugins/releases/download/v1.8.0/cni-plugins-linux-{machine}-v1.8.0.tgz",
            {"amd64": "ab3bda535f9d90766cccc90d3dddb5482003dd744d7f22bcf98186bf8eea8be6"},
            {"cni": "."},
        ),
    ),
)

IPTABLES = Engine(
    "iptables",
    "1.8",
    Purpose.CLUSTER,
    fit=Fit("1.8"),
    ask=Ask(("--version",), r"v(\d+\.\d+\.\d+)"),
    note="the kernel's packet rules; kube-proxy calls it",
    ways=(System("iptables"),),
)

IP = Engine(
    "ip",
    "6.1",
    Purpose.CLUSTER,
    fit=Fit("5.0"),
    ask=Ask(("-Version",), r"iproute2-(\d+\.\d+)"),
    note="makes networks",
    ways=(System("iproute2"),),
)

ALL = (CONTAINERD, RUNC, CNI, IPTABLES, IP)
