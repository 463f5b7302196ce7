"""What the embedded cluster runs. One Go module holds most of it, so that what they share is compiled once.

No release is named for kube (the official one is five programs without etcd, and four times the size) nor for runc, whose
checksum could not be confirmed.
"""

from wireplan.rim.engines.kinds import Alias, Ask, Build, Engine, Fit, FromModule, Purpose

GIT_VERSION = "k8s.io/component-base/version"
CNPG = "github.com/cloudnative-pg/cloudnative-pg"

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
    ways=(Build("kube", "./coredns"),),
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
    "netpol",
    "0.8.0",
    Purpose.CLUSTER,
    note="enforces network policies on a node",
    ways=(Build("kube", "./netpol"),),
)

PAUSE = Engine(
    "pause",
    "1.0.0",
    Purpose.CLUSTER,
    note="holds a pod's namespaces; goes into an image",
    ways=(Build("pause"),),
)

ALL = (KUBE, KUBECTL, COREDNS, METRICS, CNPG_MANAGER, CNPG_MANIFEST, NETPOL, PAUSE)
