"""Every name that Wireplan makes up, in one place, within the limits of who reads it.

| name | limit | why |
|---|---|---|
| DNS label (Service, pod, namespace, label value) | 63, lower case, digits, dashes | RFC 1035, RFC 1123 |
| StatefulSet, Deployment | 52 | the label controller-revision-hash is the name and 11 characters more |
| CNPG Cluster | 50 | its Services and pods add up to 13 |
| ConfigMap, Secret, Job | 253, Job 63 | DNS subdomain; a Job's name becomes a label |
| Kafka topic, group | 249, letters, digits, `.`, `_`, `-` | org.apache.kafka.common.internals.Topic |
| Postgres identifier | 63 | NAMEDATALEN |
| Python package | none; `-` becomes `_` | |

A name that is too long is cut at its end and gets 8 characters of a hash of the whole; a name that fits is never changed.
"""

LABEL = 63
WORKLOAD = 52
CLUSTER = 50
TOPIC = 249

GRPC_PORT = 50051
HTTP_PORT = 8080
OPS_PORT = 9000
POSTGRES_PORT = 5432
KAFKA_PORT = 9092
CACHE_PORT = 6379
OBJECTS_PORT = 7070
EDGE_PORT = 8443
EDGE_CACHE_PORT, EDGE_ORIGIN_PORT = (
    8441,
    8442,
)  # of loopback in an edge's pod: its cache, and the way on from there
EDGE_PURGE_PORT = 8444

DOMAIN = "cluster.local"
KAFKA = "kafka"
OBJECTS = "objects"
CERTIFICATES = "certificates"
SECRETS = "/etc/wireplan/secrets"
SWITCHES = "/etc/wireplan/switches"


def fit(name: str, limit: int) -> str:
    """`name`, or its beginning with a hash of the whole where it is longer than `limit`."""
    if len(name) <= limit:
        return name
    import hashlib

    return f"{name[: limit - 9].rstrip('-.')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def dns(name: str, namespace: str) -> str:
    """A Service's full name in the cluster's DNS (spec row A5)."""
    return f"{name}.{namespace}.svc.{DOMAIN}"


def module(system: str, service: str) -> str:
    """The Python package of a service."""
    return f"{system}_{service}".replace("-", "_")


def postgres(cluster: str) -> str:
    """The Cluster object of CloudNativePG."""
    return fit(f"pg-{cluster}", CLUSTER)


def restored(cluster: str) -> str:
    """The copy of a cluster out of its backups, which is there for an hour: a Cluster as well."""
    return fit(f"{postgres(cluster)}-restored", CLUSTER)


def pooler(cluster: str, access: str) -> str:
    """The Pooler of CloudNativePG before a cluster, its Deployment and its Service; `access` is rw or ro."""
    return fit(f"{postgres(cluster)}-pooler-{access}", WORKLOAD)


def postgres_service(cluster: str, access: str, *, pooled: bool) -> str:
    """The Service that clients of a cluster connect to: the pooler's where there is one, else that of the members."""
    return pooler(cluster, access) if pooled else f"{postgres(cluster)}-{access}"


def database_secret(cluster: str, database: str) -> str:
    """The secret that holds a database owner's user name and password."""
    return fit(f"{postgres(cluster)}-{database.replace('_', '-')}", LABEL)


def cache(name: str) -> str:
    """StatefulSet and headless Service of a cache."""
    return fit(f"cache-{name}", WORKLOAD)


def edge_purge(name: str) -> str:
    """The headless Service of an edge's pods under which its cache is purged; no edge can be called so."""
    return fit(f"purge-{edge(name)}", LABEL)


def edge(name: str) -> str:
    """Deployment and LoadBalancer Service of an edge."""
    return fit(f"edge-{name}", WORKLOAD)


def edge_tls(name: str) -> str:
    """The secret with an edge's certificate."""
    return fit(f"edge-{name}-tls", LABEL)


def tokens_secret(service: str) -> str:
    """The secret with the keys that sign a service's tokens."""
    return fit(f"{service}-tokens", LABEL)


def login_secret(service: str, provider: str) -> str:
    """The secret by which a provider of logins knows a service."""
    return fit(f"{service}-login-{provider}", LABEL)


OUTSIDE = "outside"
"""The namespace of what stands in for external systems: it is no part of any system of ours."""


def external(name: str) -> str:
    """Workload and Service of what stands in for an external system."""
    return fit(f"external-{name}", WORKLOAD)


def external_tls(name: str) -> str:
    """The secret with who vouches for an external system's certificate."""
    return fit(f"external-{name}-tls", LABEL)


def external_auth(name: str) -> str:
    """The secret by which an external system knows us."""
    return fit(f"external-{name}-auth", LABEL)


def login_callback(base: str, provider: str) -> str:
    """Where a provider sends browsers back."""
    return f"{base}/v1/login/{provider}/callback"


def mtls_secret(service: str) -> str:
    """The secret with a service's certificate, its key, and the authorities that it trusts."""
    return fit(f"{service}-mtls", LABEL)


def identity(namespace: str, account: str) -> str:
    """The SPIFFE ID of the pods of a ServiceAccount, in the words that Istio and cert-manager use."""
    return f"spiffe://{DOMAIN}/ns/{namespace}/sa/{account}"


def retry_topic(topic: str, group: str, delay: str) -> str:
    """Where a record of `group` waits `delay` before its next attempt."""
    return fit(f"{topic}.{group}.retry.{delay}", TOPIC)


def dead_letter_topic(topic: str, group: str) -> str:
    """Where a record that `group` cannot handle goes (spec row F2.2)."""
    return fit(f"{topic}.{group}.dlt", TOPIC)


def kafka_bootstrap(provider: str, namespace: str) -> str:
    """host:port that clients begin with; Strimzi names the Service after its Kafka object."""
    service = f"{KAFKA}-kafka-bootstrap" if provider == "strimzi" else KAFKA
    return f"{dns(service, namespace)}:{KAFKA_PORT}"


def url(host: str, port: int) -> str:
    """An https URL; the default port is not spelled."""
    return f"https://{host}" if port == 443 else f"https://{host}:{port}"
