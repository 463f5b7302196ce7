"""What stands in for an OpenID provider that is not ours, where the real one cannot be reached (spec rows A9, P10).

It lies in a namespace that is no part of the system: nothing of the system but the service that logs in by it is let out to it, as to the real
one. Caddy before it speaks HTTP/3 with a certificate of the system's own authority; behind it is a provider whose people everybody knows.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wireplan.manifests import common, pods
from wireplan.manifests.pods import Mount
from wireplan.manifests.providers.edge.caddyfile import log
from wireplan.manifests.thing import Body
from wireplan.topology import names
from wireplan.topology.addresses import address
from wireplan.topology.types import External, OAuth, Resources, Topology

CADDY_IMAGE = "docker.io/library/caddy:2.11"
IDENTITY_IMAGE = "wireplan.local/identity:3.52.0"
MANAGER = "wireplan-standins"
CHECKSUM = "wireplan.dev/checksum"
FOLDER, CLIENT_SECRET, PEOPLE, FILE = "/etc/wireplan", "client_secret", "people.json", "Caddyfile"
BEHIND = 9998
MEBIBYTE = 2**20
SMALL = Resources(cpu_request=10, memory_request=32 * MEBIBYTE, memory_limit=96 * MEBIBYTE)
STOP = 2
"""Seconds to end: nothing is kept, and Caddy would wait for as long as clients keep their connections."""
PASSWORDS = {"alice": "alice-in-wonderland", "bob": "bob-the-builder"}
"""People and their passwords, as docs/identity.md tells everybody."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Values that the cluster keeps for the system, and that the provider has to have, too."""

    certificate: str
    key: str
    client: str


def brought(topology: Topology) -> Iterator[tuple[External, str, OAuth]]:
    """Providers that are brought, each with the service that logs in by it; what nobody uses is not brought."""
    for name, external in sorted(topology.externals.items()):
        for service in topology.services.values():
            for login in service.oauth:
                if login.provider == name and external.provider == "builtin":
                    yield external, service.name, login


def objects(external: External, login: OAuth, secrets: Secrets) -> list[Body]:
    """All that it is made of, with the values: this is applied, and never shown."""
    name = names.external(external.name)
    port = address(external.url).port
    values = {
        "tls.crt": secrets.certificate,
        "tls.key": secrets.key,
        CLIENT_SECRET: secrets.client,
        PEOPLE: people(),
    }
    ports: list[Body] = [
        {"name": "https", "port": port, "protocol": "TCP", "targetPort": port},
        {"name": "http3", "port": port, "protocol": "UDP", "targetPort": port},
    ]
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return [
        namespace(),
        made("v1", "ServiceAccount", name, {"automountServiceAccountToken": False}),
        made("v1", "Secret", name, {"type": "Opaque", "data": encoded}),
        made("v1", "ConfigMap", name, {"data": {FILE: caddyfile(external)}}),
        # Without an address of its own: clients inside come to the pod, by the port that policies name.
        made(
            "v1", "Service", name, {"spec": {"clusterIP": "None", "selector": selector(name), "ports": ports}}
        ),
        made(
            "v1",
            "Service",
            entrance(name),
            {"spec": {"type": "LoadBalancer", "selector": selector(name), "ports": ports}},
        ),
        made(
            "apps/v1",
            "Deployment",
            name,
            {
                "spec": workload(
                    name, external, login, port, common.checksum(*values.values(), caddyfile(external))
                )
            },
        ),
    ]


def entrance(name: str) -> str:
    """The Service that browsers outside the cluster come in by."""
    return f"{name}-entrance"


def selector(name: str) -> dict[str, str]:
    """The labels of its pod."""
    return {"app.kubernetes.io/name": name}


def namespace() -> Body:
    """Where it lies."""
    labels = {"app.kubernetes.io/managed-by": MANAGER, "pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.OUTSIDE, "labels": labels}}


def made(version: str, kind: str, name: str, rest: Mapping[str, object]) -> Body:
    """One object."""
    metadata = {
        "name": name,
        "namespace": names.OUTSIDE,
        "labels": {"app.kubernetes.io/managed-by": MANAGER, **selector(name)},
    }
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def people() -> str:
    """Who can log in."""
    found = {
        name: {
            "ID": name,
            "Username": name,
            "Password": password,
            "Email": f"{name}@example.org",
            "EmailVerified": True,
        }
        for name, password in PASSWORDS.items()
    }
    return json.dumps(found)


def caddyfile(external: External) -> str:
    """HTTP/3, and HTTP/2 beside it; a log that shows which it was, and no codes."""
    found = address(external.url)
    logged = "\n".join(log())
    return f"""\
{{
\tadmin off
\tpersist_config off
\tauto_https off
{logged}
\tservers {{
\t\tprotocols h1 h2 h3
\t}}
}}
https://{found.host}:{found.port} {{
\ttls {pods.SECRETS}/own/tls.crt {pods.SECRETS}/own/tls.key
{logged}
\treverse_proxy 127.0.0.1:{BEHIND}
}}
"""


def workload(name: str, external: External, login: OAuth, port: int, checks: str) -> Body:
    """One pod: the edge and the provider."""
    mounts = [
        pods.secret_mount("own", name),
        Mount("caddyfile", "/etc/caddy", {"configMap": {"name": name}}),
        pods.scratch("data", "/data"),
        pods.scratch("config", "/config"),
    ]
    told = {
        "ISSUER": external.url,
        "LISTEN": f"127.0.0.1:{BEHIND}",
        "CLIENT_ID": login.client_id,
        "CLIENT_SECRET_FILE": f"{pods.SECRETS}/own/{CLIENT_SECRET}",
        "REDIRECT_URIS": login.redirect_uri,
        "USERS_FILE": f"{pods.SECRETS}/own/{PEOPLE}",
    }
    edge = pods.container(
        "caddy",
        CADDY_IMAGE,
        SMALL,
        env=pods.plain({"GOMEMLIMIT": "64MiB"}),
        ports=[pods.port("https", port), pods.port("http3", port, "UDP")],
        readinessProbe={"tcpSocket": {"port": "https"}, **pods.timing(5, 2, 3)},
        mounts=mounts,
    )
    provider = pods.container(
        "identity", IDENTITY_IMAGE, SMALL, env=pods.plain({**told, "GOMEMLIMIT": "64MiB"}), mounts=mounts[:1]
    )
    metadata = {"labels": selector(name), "annotations": {CHECKSUM: checks}}
    template = {
        "metadata": metadata,
        "spec": pods.spec(name, [edge, provider], mounts, terminationGracePeriodSeconds=STOP),
    }
    return {"replicas": 1, "selector": {"matchLabels": selector(name)}, "template": template}
