"""Sound systems, drawn: every reference holds, and no rule has anything to say about them.

Documents are plain data in the long form of a topology file. Services call only those after them in the list, and a topic's
publishers stand before its consumers, so that neither calls nor events go round.
"""

import json
from typing import cast

from hypothesis import strategies as st
from wireplan.topology.contracts import Schema
from wireplan.topology.types import Contract, Idempotency, Method

from tests.rules.parts import (
    BACKUP,
    CALL,
    CLUSTER,
    DEFAULTS,
    EDGE,
    GROUP,
    GRPC,
    MAY_BE_LOST,
    MEMBERS,
    ON_ONE_MACHINE,
    PATCHES,
    SERVICE,
    TOPIC,
    Data,
    one_of,
    some,
)

METHODS = {
    "Get": Idempotency.NO_SIDE_EFFECTS,
    "Look": Idempotency.NO_SIDE_EFFECTS,
    "Put": Idempotency.IDEMPOTENT,
    "Undo": Idempotency.IDEMPOTENT,
    "Add": Idempotency.UNKNOWN,
}
DEV = [{"profile": "dev"}, {"profile": "dev", "cluster": "embedded"}]
PROD = [{"profile": "prod", "name": "live"}, {"profile": "prod", "kafka": "strimzi"}]


def schema_of(document: Data) -> Schema:
    """Contracts for what a drawn system serves: two methods that read, two that may be repeated, one that may not."""
    served = [name for service in document["services"].values() for name in service.get("serves", [])]
    methods = {name: Method(name, level, "x.v1.Request", "x.v1.Response") for name, level in METHODS.items()}
    return Schema({name: Contract(name, methods) for name in served}, {"x.v1.Happened": ("id",)})


def likely() -> st.SearchStrategy[bool]:
    """Yes, three times in four."""
    return st.sampled_from([True, True, True, False])


@st.composite
def systems(draw: st.DrawFn) -> Data:
    """A whole system."""
    grpc = [f"part-{number}" for number in range(draw(st.integers(2, 5)))]
    workers = [f"worker-{number}" for number in range(draw(st.integers(1, 2)))]
    document: Data = {
        "system": "drawn",
        "services": {"entrance": draw(SERVICE) | {"kind": "gateway"}}
        | {name: draw(SERVICE) | draw(GRPC) | {"serves": [f"x.v1.{name.title().replace('-', '')}"]} for name in grpc}
        | {name: draw(SERVICE) | {"kind": "worker"} for name in workers},
    }  # fmt: skip
    document |= draw(
        st.sampled_from(
            [{}, {}, *({"environment": each} for each in PROD), *({"environment": each} for each in DEV)]
        )
    )
    document["defaults"] = dict(draw(DEFAULTS))
    add_calls(draw, document, grpc)
    add_databases(draw, document)
    add_topics(draw, document)
    add_edges(draw, document)
    add_tokens(draw, document)
    add_saga(draw, document)
    add_patch(draw, document)
    if "buckets" in document and not dev(document):  # one in the cluster is one pod over one disk
        document["object_store"] = {"provider": "external", "endpoint": "https://objects.example"}
    return cast(
        "Data", json.loads(json.dumps({key: value for key, value in document.items() if value != {}}))
    )


def add_calls(draw: st.DrawFn, document: Data, grpc: list[str]) -> None:
    """Calls to services further down, each with less time than the call it is made for; one of them may name its attempts."""
    times = draw(one_of("derived", "written", "common"))
    if times == "common":
        document["defaults"]["calls"] = {"deadline": "2s"}
    made: list[Data] = []
    for place, (name, service) in enumerate(document["services"].items()):
        below = [each for each in grpc if name not in grpc or each > name]
        called = draw(st.lists(st.sampled_from(below), unique=True, max_size=3)) if below else []
        if name == "entrance" and not called:
            called = below[:1]
        for callee in called:
            call = answered(draw, document, name, callee)
            if times == "written":
                call["deadline"] = f"{4000 - 300 * (place if name in grpc else 0)}ms"
            made.append(call)
            service.setdefault("calls", {})[callee] = call
    if made and draw(st.booleans()):
        draw(st.sampled_from(made)).setdefault("retry", {})["attempts"] = draw(st.integers(1, 3))


def answered(draw: st.DrawFn, document: Data, caller: str, callee: str) -> Data:
    """A call, and what is answered without it; one to a secondary service has an answer, or says that it is critical."""
    choices: list[Data] = [{"critical": False, "fallback": {"kind": "empty"}}, {"critical": True}]
    if document["services"][callee].get("tier") != "secondary":
        choices += [{}, {"fallback": {"kind": "error"}}]
    if caller == "entrance":  # callees keep no answers there, so that the cache is the fallback's own
        document.setdefault("caches", {})["remembered"] = draw(some(eviction=one_of("volatile-ttl")))
        choices.append(
            {"critical": False, "fallback": {"cache": "remembered", "ttl": "10s", "max_stale": "1h"}}
        )
    answer, call = draw(st.sampled_from(choices)), draw(CALL)
    if answer.get("fallback", {"kind": "error"}).get("kind") != "error" and call.get("methods") == ["Add"]:
        answer = {"critical": True}  # nothing is answered in place of a write (RPC014)
    return json.loads(json.dumps(answer | call))


def dev(document: Data) -> bool:
    """Whether it is for one machine."""
    return bool(document.get("environment", {}).get("profile") == "dev")


def prod(document: Data) -> bool:
    """Whether an environment of profile prod is named."""
    return document.get("environment", {}).get("profile") == "prod"


def add_databases(draw: st.DrawFn, document: Data) -> None:
    """Databases of one or two clusters, with backups where the environment is to have them."""
    clusters = draw(one_of(["held-a"], ["held-a", "held-b"]))
    held: dict[str, list[str]] = {cluster: [] for cluster in clusters}
    for name, service in document["services"].items():
        if name != "entrance" and (
            "calls" not in service or draw(likely())
        ):  # who asks nobody keeps something
            service["database"] = {"name": name.replace("-", "_")} | draw(some(pool=one_of({"max": 6})))
            held[draw(st.sampled_from(clusters))].append(service["database"]["name"])
            if "serves" in service and draw(st.booleans()):
                service["reads_from_replicas"] = ["Look"]
    embedded = "cluster" in document.get("environment", {})
    document["databases"] = {}
    for cluster, names in held.items():
        one = draw(CLUSTER) | dict(draw(ON_ONE_MACHINE if dev(document) else MEMBERS)) | {"databases": names}
        if embedded:
            one.pop("pooler", None)
        if prod(document) or draw(st.booleans()):
            one["backup"] = {"to": "archive"} | draw(BACKUP)
            document.setdefault("buckets", {})["archive"] = {}
        document["databases"][cluster] = one


def add_topics(draw: st.DrawFn, document: Data) -> None:
    """Topics from services to services after them. One broker has only records that may be lost."""
    names = list(document["services"])
    brokers = draw(one_of(None, 3, 5, 1 if dev(document) else 3))
    if brokers:
        document["kafka"] = {"brokers": brokers}
    document["topics"] = {}
    for number in range(draw(st.integers(1, 3))):
        topic = f"thing.{number}"
        written = draw(TOPIC) | {
            "message": "x.v1.Happened",
            "pattern": draw(one_of("point-to-point", "publish-subscribe")),
        }
        if (
            "cleanup" in written
        ):  # what is compacted has keys, and says how things are, not what is to be done
            written |= {"key": "id"} if written["pattern"] == "publish-subscribe" else {"cleanup": "delete"}
        if brokers == 1 or draw(st.sampled_from([False, False, True])):
            written["durable"] = False
        document["topics"][topic] = written
        cut = draw(st.integers(1, len(names) - 1))
        for name in draw(st.lists(st.sampled_from(names[:cut]), unique=True, max_size=2)):
            document["services"][name].setdefault("publishes", {})[topic] = {}
        most = 1 if written["pattern"] == "point-to-point" else 3
        readers = draw(st.lists(st.sampled_from(names[cut:]), unique=True, min_size=1, max_size=most))
        for name in readers:
            document["services"][name].setdefault("consumes", {})[topic] = group(draw, document, topic)
        if most == 1 and draw(st.booleans()):
            written["partitions"] = draw(st.integers(1, 3)) * pods(document["services"][readers[0]])
    if document["topics"] and all(topic.get("durable") is False for topic in document["topics"].values()):
        document.setdefault("kafka", {})["unclean_leader_election"] = True
    for name in names:
        add_members(draw, document["services"][name])


def pods(service: Data) -> int:
    """The most pods of a service that is not a secondary one."""
    return int(service.get("replicas", {"max": 2})["max"])


def group(draw: st.DrawFn, document: Data, topic: str) -> Data:
    """A group: in order where a key and its senders keep it, careless where records may be lost."""
    written = document["topics"][topic]
    found = draw(GROUP)
    senders = [service for service in document["services"].values() if topic in service.get("publishes", {})]
    if (
        "key" in written
        and "cleanup" not in written
        and not any("database" in service for service in senders)
        and draw(st.booleans())
    ):
        found |= {"ordering": "key", "retries": []}
    return found | draw(MAY_BE_LOST) if written.get("durable") is False else found


def add_members(draw: st.DrawFn, service: Data) -> None:
    """How a service is a member of its groups: with a name of its own only where it does not scale, or keeps its place shorter than a record."""
    groups: list[Data] = list(service.get("consumes", {}).values())
    if not groups or draw(likely()):
        return
    service["identity"] = "stable"
    for each in groups:
        each.update(
            membership="static", handler={"timeout": "60s"}, **draw(some(session_timeout=one_of("60s")))
        )


def add_edges(draw: st.DrawFn, document: Data) -> None:
    """A load balancer before the gateway, and a CDN before a bucket."""
    routes: list[Data] = [{"path": "/", "to": "entrance"}]
    if draw(st.booleans()):
        document.setdefault("buckets", {})["shelf"] = {"uploads_through": "entry"}
        routes.append({"path": "/shelf/", "to": "bucket shelf"})
        document["services"]["entrance"]["buckets"] = {"shelf": {"access": "read"}}
        document.setdefault("edges", {})["entry-cdn"] = draw(EDGE) | {
            "kind": "cdn", "host": "cdn.drawn.example", "routes": [{"path": "/", "to": "bucket shelf"}],
        }  # fmt: skip
    if dev(document):
        document["services"]["entrance"]["replicas"] = {"min": 1, "max": 1}
    clients = draw(one_of({}, {"clients": ["http3", "http2"]}, {"clients": ["http2"], "early_data": True}))
    document.setdefault("edges", {})["entry"] = (
        draw(EDGE) | clients | {"host": "drawn.example", "routes": routes}
    )
    if draw(st.booleans()):
        document.setdefault("caches", {})["counted"] = draw(
            some(eviction=one_of("allkeys-lfu", "volatile-ttl"))
        )
        document["services"]["entrance"]["rate_limit"] = {
            "per": "address",
            "rate": "20/s",
            "burst": 40,
            "store": "counted",
        }


def add_tokens(draw: st.DrawFn, document: Data) -> None:
    """A service whose tokens the gateway accepts, and a login by another provider."""
    front = document["services"]["entrance"]
    if draw(st.booleans()):
        issuer = next(iter(front["calls"]))
        document["services"][issuer]["tokens"] = draw(
            some(access=one_of("5m", "15m"), algorithm=one_of("ES256"))
        )
        front["accepts_tokens_of"] = issuer
        if "rate_limit" in front and draw(st.booleans()):
            front["rate_limit"]["per"] = "principal"
    if draw(st.booleans()):
        document["externals"] = {"sso": {"kind": "oidc", "url": "https://login.example"}}
        front["oauth"] = [{"provider": "sso"}]


def add_saga(draw: st.DrawFn, document: Data) -> None:
    """Work of a service with a database over one that it calls: done, decided, completed."""
    services = document["services"]
    pairs = [
        (name, callee)
        for name, service in services.items()
        if "database" in service
        for callee in service.get("calls", {})
    ]
    if not pairs or draw(st.booleans()):
        return
    owner, callee = draw(st.sampled_from(pairs))
    steps: list[Data] = [
        {"name": "reserve", "call": f"{callee}.Put", "undo": f"{callee}.Undo"}
        | draw(some(timeout=one_of("5s"))),
        {"name": "decide", "call": f"{callee}.Put"},
    ]
    if draw(st.booleans()):
        steps[1]["pivot"] = True
        steps.append({"name": "tell", "call": f"{callee}.Put"} | draw(some(retry=one_of("until-done"))))
    document["sagas"] = {"work": {"owner": owner, "steps": steps}}


def add_patch(draw: st.DrawFn, document: Data) -> None:
    """A patch that takes no guard away."""
    if draw(st.booleans()):
        document["patches"] = [draw(PATCHES) | {"reason": "a test"}]
