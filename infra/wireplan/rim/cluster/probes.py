"""Small questions to a running cluster that its own reports cannot answer yet: after a crash they are of the time before it."""

import datetime
import socket
import struct

from wireplan.rim.cluster.api import Api
from wireplan.rim.cluster.layout import DNS_ADDRESS, DOMAIN

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
ADDRESS_RECORD, INTERNET = 1, 1


def reported_since(api: Api, moment: datetime.datetime) -> set[str]:
    """The nodes whose kubelet has reported after `moment`."""
    found: set[str] = set()
    for lease in api.items(LEASES):
        renewed = str(lease["spec"].get("renewTime") or "")
        if renewed and datetime.datetime.fromisoformat(renewed) > moment:
            found.add(str(lease["metadata"]["name"]))
    return found


def resolves(name: str = f"kubernetes.default.svc.{DOMAIN}", seconds: float = 1.0) -> bool:
    """Whether the cluster's DNS answers with an address, asked from the host by way of a node."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(seconds)
        try:
            channel.sendto(question(name), (str(DNS_ADDRESS), 53))
            answer = channel.recv(512)
        except OSError:
            return False
    return len(answer) > 12 and struct.unpack(">H", answer[6:8])[0] > 0


def question(name: str) -> bytes:
    """A DNS question for an address (RFC 1035, section 4.1)."""
    head = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return head + labels + b"\0" + struct.pack(">HH", ADDRESS_RECORD, INTERNET)
