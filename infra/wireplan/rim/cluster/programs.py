"""The command line of each of the cluster's programs. Pure: paths and addresses in, words out."""

from pathlib import Path

from wireplan.rim.cluster.layout import (
    API_PORT,
    DOMAIN,
    ETCD_PEER_PORT,
    ETCD_PORT,
    HOST_ADDRESS,
    POD_NETWORK,
    SERVICE_NETWORK,
    Layout,
    Node,
)
from wireplan.rim.cluster.settings import POLICY_QUEUE

Words = tuple[str, ...]


def etcd(kube: Path, layout: Layout) -> Words:
    """The store. It does not wait for the disk: killing it loses nothing, a power cut may (`docs/cluster.md`)."""
    pair = {"cert-file": "etcd.crt", "key-file": "etcd.key", "trusted-ca-file": "etcd-ca.crt"}
    client, peer = f"https://{HOST_ADDRESS}:{ETCD_PORT}", f"https://{HOST_ADDRESS}:{ETCD_PEER_PORT}"
    return (
        str(kube),
        "etcd",
        f"--name={layout.name}",
        f"--data-dir={layout.etcd}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster={layout.name}={peer}",
        "--client-cert-auth",
        "--peer-client-cert-auth",
        *(f"--{flag}={layout.certificates / file}" for flag, file in pair.items()),
        *(f"--peer-{flag}={layout.certificates / file}" for flag, file in pair.items()),
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def apiserver(kube: Path, layout: Layout) -> Words:
    """The API. It finds webhooks and aggregated APIs at their pods' addresses, since the host has no service proxy."""
    at = layout.certificates
    return (
        str(kube),
        "kube-apiserver",
        f"--advertise-address={HOST_ADDRESS}",
        f"--bind-address={HOST_ADDRESS}",
        f"--secure-port={API_PORT}",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        f"--etcd-servers=https://{HOST_ADDRESS}:{ETCD_PORT}",
        f"--etcd-cafile={at / 'etcd-ca.crt'}",
        f"--etcd-certfile={at / 'apiserver-etcd.crt'}",
        f"--etcd-keyfile={at / 'apiserver-etcd.key'}",
        f"--client-ca-file={at / 'ca.crt'}",
        f"--tls-cert-file={at / 'apiserver.crt'}",
        f"--tls-private-key-file={at / 'apiserver.key'}",
        f"--kubelet-certificate-authority={at / 'ca.crt'}",
        f"--kubelet-client-certificate={at / 'apiserver-kubelet.crt'}",
        f"--kubelet-client-key={at / 'apiserver-kubelet.key'}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--requestheader-client-ca-file={at / 'front-proxy-ca.crt'}",
        "--requestheader-allowed-names=front-proxy",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={at / 'front-proxy.crt'}",
        f"--proxy-client-key-file={at / 'front-proxy.key'}",
        "--enable-aggregator-routing=true",
        f"--service-account-issuer=https://kubernetes.default.svc.{DOMAIN}",
        f"--service-account-key-file={at / 'service-accounts.pub'}",
        f"--service-account-signing-key-file={at / 'service-accounts.key'}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--profiling=false",
    )


def controllers(kube: Path, layout: Layout) -> Words:
    """The controllers. There is one of each control program, so none is elected: on a slow machine that only kills it."""
    config = layout.settings / "controller-manager.kubeconfig"
    return (
        str(kube),
        "kube-controller-manager",
        f"--bind-address={HOST_ADDRESS}",
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        f"--cluster-name={layout.context}",
        f"--cluster-cidr={POD_NETWORK}",
        "--allocate-node-cidrs=false",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        f"--cluster-signing-cert-file={layout.certificates / 'ca.crt'}",
        f"--cluster-signing-key-file={layout.certificates / 'ca.key'}",
        f"--root-ca-file={layout.certificates / 'ca.crt'}",
        f"--service-account-private-key-file={layout.certificates / 'service-accounts.key'}",
        "--use-service-account-credentials=true",
        f"--flex-volume-plugin-dir={layout.folder / 'plugins'}",
        "--leader-elect=false",
        "--profiling=false",
    )


def scheduler(kube: Path, layout: Layout) -> Words:
    """The scheduler."""
    config = layout.settings / "scheduler.kubeconfig"
    return (
        str(kube),
        "kube-scheduler",
        f"--bind-address={HOST_ADDRESS}",
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        "--leader-elect=false",
        "--profiling=false",
    )


def containerd(program: Path, layout: Layout, node: Node) -> Words:
    """A node's container runtime."""
    return (str(program), f"--config={layout.settings / node.name / 'containerd.toml'}")


def kubelet(kube: Path, layout: Layout, node: Node) -> Words:
    """A node's kubelet."""
    return (
        str(kube),
        "kubelet",
        f"--config={layout.settings / node.name / 'kubelet.json'}",
        f"--kubeconfig={layout.settings / node.name / 'kubelet.kubeconfig'}",
        f"--root-dir={node.folder / 'kubelet'}",
        f"--cert-dir={node.folder / 'kubelet' / 'pki'}",
        f"--hostname-override={node.name}",
        f"--node-ip={node.address}",
        f"--node-labels=topology.kubernetes.io/zone={node.zone},topology.kubernetes.io/region=local",
    )


def kube_proxy(kube: Path, layout: Layout, node: Node) -> Words:
    """A node's service proxy."""
    return (str(kube), "kube-proxy", f"--config={layout.settings / node.name / 'kube-proxy.json'}")


def netpol(program: Path, layout: Layout, node: Node) -> Words:
    """A node's network policy agent."""
    kubeconfig = layout.settings / "netpol.kubeconfig"
    return (str(program), f"-kubeconfig={kubeconfig}", f"-node={node.name}", f"-queue={POLICY_QUEUE}")
