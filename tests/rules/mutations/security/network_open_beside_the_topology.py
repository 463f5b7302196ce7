"""Patches that let everyone in, or out, or take the denial away."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        everyone = {"spec": {"ingress": [{}]}}
        yield host.patch("NetworkPolicy", everyone, "spec", "ingress", 0, name=service.name)
        outside = {"spec": {"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}}
        yield host.patch("NetworkPolicy", outside, "spec", "egress", 0, name=service.name)
    yield host.patch("NetworkPolicy", {"spec": {"podSelector": {}}}, "spec", name="default-deny")
