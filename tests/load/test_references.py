"""What refers to what: each name must name something that can do what is asked of it; one cause, one finding."""

from typing import Any

import pytest
from wireplan.findings import Severity
from wireplan.load import of_changes
from wireplan.load.contracts import contracts
from wireplan.load.document import Document
from wireplan.load.names import Names
from wireplan.load.references import references
from wireplan.model.system import System
from wireplan.rim.program import tree
from wireplan.topology import names

from tests.load.conftest import Faults, loaded

METHODS = {"x.v1.A": ["Get", "List"], "x.v1.B": ["Put"]}
FIELDS = {
    "x.v1.Made": {
        "id": "string",
        "name": "string",
        "number": "int64",
        "at": "google.protobuf.Timestamp",
        "tags": "repeated string",
        "state": "enum x.v1.State",
    },
    "x.v1.Other": {"id": "string", "number": "string"},
}


def broken(**parts: Any) -> list[str]:
    """Codes and sentences of a system whose references do not hold."""
    system = System.model_validate({"system": "s", "services": {}, **parts}, by_alias=True, by_name=False)
    known = Names(system, Document("t.yaml", {}, None, {}), "t.yaml")
    found = [*references(known), *contracts(known, METHODS, FIELDS)]
    return [f"{f.code} {f.what}" for f in found]


A = {"serves": "x.v1.A", "database": "a"}
GATE = {"kind": "gateway"}
T = {"topics": {"t": {"message": "x.v1.Made"}, "u": {"message": "x.v1.Made"}}}
DATABASES = {"databases": {"main": {"databases": ["a"]}}}


DRILLED = {
    "services": {"g": {**GATE, "calls": {"a": {}}}, "a": {"serves": "x.v1.A"}},
    "topics": {"t": {"message": "x.v1.Made"}},
}


def drill(
    part: str = "services.a", held: str = "topics.t", change: str = "services.a.tier"
) -> dict[str, Any]:
    """A system with one drill."""
    breaks = [{"part": part, "how": "kill"}]
    return {
        **DRILLED,
        "drills": {
            "d": {"breaks": breaks, "holds": [held], "control": {"change": change, "to": "secondary"}}
        },
    }


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (drill(part="services.b"), 'YML030 no service is called "b"'),
        (drill(part="topics.t"), "YML031 topics.t has no process of its own that could be broken"),
        (drill(held="topics.u"), 'YML030 no topic is called "u"'),
        (drill(held="services.g.calls.g"), 'YML031 g does not call g; did you mean services.g.calls.a?'),
        (drill(change="services.b.tier"), 'YML030 no service is called "b"'),
    ],
)  # fmt: skip
def test_a_drill_names_what_is_there(parts: dict[str, Any], expected: str) -> None:
    assert broken(**parts) == [expected]


@pytest.mark.parametrize("part", ["services.a", "kafka"])
@pytest.mark.parametrize("held", ["topics.t", "services.g.calls.a"])
def test_a_drill_of_what_is_there_is_fine(part: str, held: str) -> None:
    assert broken(**drill(part, held)) == []


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"services": {"g": {**GATE, "calls": ["uplod"]}, "upload": {"serves": "x.v1.A"}}}, 'YML030 no service is called "uplod"; did you mean upload?'),
        ({"services": {"g": {"calls": ["t"]}}, "topics": ["t"]}, 'YML030 no service is called "t" (there is a topic of that name)'),
        ({"services": {"g": {"calls": ["w"]}, "w": {}}}, "YML031 g calls w, which serves no gRPC and no HTTP"),
        ({"services": {"g": {"calls": {"w": {"protocol": "grpc"}}}, "w": {"kind": "http"}}}, "YML031 g calls w, which serves no gRPC"),
        ({"services": {"g": {"calls": {"a": {"protocol": "http"}}}, "a": {"serves": "x.v1.A"}}}, "YML031 g calls a, which serves no HTTP"),
        ({"services": {"g": {"calls": {"w": {"methods": ["Get"]}}}, "w": {"kind": "http"}}}, "YML025 g calls w by HTTP, which has no methods"),
        ({"services": {"a": {"serves": "x.v1.A", "calls": ["a"]}}}, "YML031 a calls itself"),
        ({"services": {"g": {"calls": {"a": {"contract": "x.v1.B"}}}, "a": {"serves": "x.v1.A"}}}, "YML031 a does not serve x.v1.B"),
        ({"services": {"g": {"calls": {"a": {"fallback": {"cache": "fats"}}}}, "a": {"serves": "x.v1.A"}}, "caches": ["fast"]}, 'YML030 no cache is called "fats"; did you mean fast?'),
        ({"services": {"g": {"calls": {"a": {"fallback": {"kind": "cache"}}}}, "a": {"serves": "x.v1.A"}}}, "YML025 a fallback of kind cache names no cache"),
        ({"services": {"w": {"publishes": ["made"]}}}, 'YML030 topic "made" is used, but there is no topics: section'),
        ({"services": {"w": {"consumes": ["maed"]}}, "topics": {"made": {"message": "x.v1.Made"}}}, 'YML030 no topic is called "maed"; did you mean made?'),
        ({"services": {"w": {"consumes": ["made"]}}, "topics": ["made"]}, 'YML041 topic "made" is used but names no message'),
        ({"services": {"a": A}}, 'YML030 database "a" is used, but there is no databases: section'),
        ({"services": {"a": A, "b": {"database": "a"}}, **DATABASES}, 'YML040 database "a" belongs to a and to b'),
        ({"databases": {"m": {"databases": ["a"]}, "n": {"databases": ["a"]}}}, 'YML040 database "a" is listed twice'),
        ({"databases": {"m": {"databases": ["m"]}}}, 'YML048 database "m" has the name of a cluster'),
        ({"databases": {"m": {"databases": ["n"]}, "n": {}}}, 'YML048 database "n" has the name of a cluster'),
        ({"databases": {"m": {"backup": {"to": "backups"}}}}, 'YML030 bucket "backups" is used, but there is no buckets: section'),
        ({"services": {"w": {"buckets": ["films"]}}}, 'YML030 bucket "films" is used, but there is no buckets: section'),
        ({"services": {"w": {"caches": ["fast"]}}}, 'YML030 cache "fast" is used, but there is no caches: section'),
        ({"services": {"w": {"rate_limit": {"rate": "1/s", "burst": 1, "store": "fast"}}}}, 'YML030 cache "fast" is used, but there is no caches: section'),
        ({"services": {"w": {"externals": ["id"]}}}, 'YML030 external "id" is used, but there is no externals: section'),
        ({"services": {"w": {"oauth": [{"provider": "id"}]}}}, 'YML030 external "id" is used, but there is no externals: section'),
        ({"services": {"g": {**GATE, "accepts_tokens_of": "auth"}}}, 'YML030 no service is called "auth"'),
        ({"services": {"g": {**GATE, "accepts_tokens_of": "a"}, "a": {"serves": "x.v1.A"}}}, "YML031 a issues no tokens"),
        ({"services": {"g": {**GATE, "accepts_tokens_of": "a"}, "a": {"serves": "x.v1.A", "tokens": {}}}}, "YML031 g accepts tokens of a but does not call it"),
        ({"edges": {"e": {"host": "h", "routes": [{"path": "/", "to": "gatway"}]}}, "services": {"gateway": GATE}}, 'YML030 no service is called "gatway"; did you mean gateway?'),
        ({"edges": {"e": {"host": "h", "routes": [{"path": "/a", "to": "g"}, {"path": "/a/", "to": "g"}]}}, "services": {"g": GATE}}, "YML047 edge e routes /a/ twice"),
        ({"edges": {"e": {"host": "h", "routes": [{"path": "/", "to": "w"}]}}, "services": {"w": {}}}, "YML031 w serves no HTTP"),
        ({"edges": {"e": {"host": "h", "routes": [{"path": "/", "to": "bucket films"}]}}}, 'YML030 bucket "films" is used, but there is no buckets: section'),
        ({"edges": {"cdn": {"kind": "cdn", "host": "h", "cache": {"purged_by": ["medai"]}, "routes": [{"path": "/", "to": "media"}]}}, "services": {"media": {"kind": "http"}}}, 'YML030 no service is called "medai"; did you mean media?'),
        ({"buckets": {"films": {"uploads_through": "publik"}}, "edges": {"public": {"host": "h", "routes": [{"path": "/", "to": "bucket films"}]}}}, 'YML030 no edge is called "publik"; did you mean public?'),
        ({"services": {"a": {"serves": "x.v1.A"}, "b": {"serves": "x.v1.A"}}}, "YML042 x.v1.A is served by a and by b"),
        ({"services": {"a": {"serves": "x.v1.AA"}}}, "YML032 the protos have no gRPC service x.v1.AA; did you mean x.v1.A?"),
        ({"services": {"g": {"calls": {"a": {"methods": ["Gett"]}}}, "a": {"serves": "x.v1.A"}}}, "YML032 the protos have no method of x.v1.A called Gett; did you mean Get?"),
        ({"services": {"a": {**A, "reads_from_replicas": ["Lost"]}}, **DATABASES}, "YML032 the protos have no method of a called Lost; did you mean List?"),
        ({"topics": {"t": {"message": "x.v1.Maid"}}}, "YML032 the protos have no message x.v1.Maid; did you mean x.v1.Made?"),
        ({"topics": {"t": {"message": "x.v1.Made", "key": "ident"}}}, "YML032 the protos have no field of x.v1.Made called ident"),
        ({"topics": {"t": {"message": "x.v1.Made", "key": "tags"}}}, "YML031 the field tags of x.v1.Made holds repeated string, which is no key of records"),
        ({"topics": {"t": {"message": "x.v1.Made", "key": "at"}}}, "YML031 the field at of x.v1.Made holds google.protobuf.Timestamp, which is no key of records"),
        ({"topics": {"t": {"message": "x.v1.Made", "version": "numbr"}}}, "YML032 the protos have no field of x.v1.Made called numbr; did you mean number?"),
        ({"topics": {"t": {"message": "x.v1.Made", "version": "name"}}}, "YML031 the field name of x.v1.Made holds string, which is no version of records"),
        ({"topics": {"t": {"key": "name"}}, "services": {"a": {"publishes": {"t": {"message": "x.v1.Other"}}}}}, "YML032 the protos have no field of x.v1.Other called name"),
        ({"topics": {"t": {"message": "x.v1.Made", "version": "number"}}, "services": {"a": {"publishes": {"t": {"message": "x.v1.Other"}}}}}, "YML031 the field number of x.v1.Other holds string, which is no version of records"),
        ({"services": {"w": {"publishes": {"t": {"message": "x.v1.No"}}}}, "topics": ["t"]}, "YML032 the protos have no message x.v1.No"),
        ({"sagas": {"s": {"owner": "a", "steps": [{"one": {"send": "t"}}]}}, "topics": ["t"]}, 'YML030 no service is called "a"'),
        ({"sagas": {"s": {"owner": "w", "steps": [{"one": {"call": "b.Put"}}]}}, "services": {"w": {}}}, 'YML030 no service is called "b"'),
        ({"sagas": {"s": {"owner": "w", "steps": [{"one": {"call": "w.Put"}}]}}, "services": {"w": {}}}, "YML031 w serves no gRPC, so w.Put cannot be called"),
        ({"sagas": {"s": {"owner": "b", "steps": [{"one": {"call": "b.Pot"}}]}}, "services": {"b": {"serves": "x.v1.B"}}}, "YML032 the protos have no method of b called Pot; did you mean Put?"),
        ({"sagas": {"s": {"owner": "w", "steps": [{"one": {"send": "tt", "await": "t"}}]}}, "services": {"w": {}}, "topics": ["t"]}, 'YML030 no topic is called "tt"; did you mean t?'),
        ({"sagas": {"s": {"owner": "w", "steps": [{"one": {"undo": "topic tt"}}]}}, "services": {"w": {}}, "topics": ["t"]}, 'YML030 no topic is called "tt"; did you mean t?'),
        ({"environment": {"kafka": "external"}, "topics": ["t"]}, "YML044 Kafka is external but has no address"),
        ({"environment": {"edge": "gateway-api"}, "edges": {"e": {"host": "h", "routes": [{"path": "/", "to": "g"}]}}, "services": {"g": GATE}}, "YML031 the Gateway API cannot be an edge"),
        ({"object_store": {"provider": "external"}}, "YML044 the object store is external but has no address"),
        ({"object_store": {"provider": "external", "endpoint": "https://s.example/s3/"}, "buckets": ["films"], "edges": {"e": {"host": "h", "routes": [{"path": "/films", "to": "bucket films"}]}}}, "YML025 edges lead to buckets, and the address of the object store has a path of its own, /s3"),
        ({"services": {"kafka": {}}}, 'YML043 "kafka" is the name of Kafka in Kubernetes'),
        ({"environment": {"postgres": "external"}, "databases": {"m": {"pooler": True}}}, "YML025 databases.m wants a pooler, but Postgres is external"),
        ({"environment": {"cluster": "embedded"}, "databases": {"m": {"pooler": True}}}, "YML025 databases.m wants a pooler, but the embedded cluster has no image of PgBouncer"),
        ({"services": {"w": {"consumes": {"t": {"membership": "static"}}}}, **T}, "YML025 w has static members on t, but a pod of it that is restarted has another name"),
        ({"services": {"w": {"consumes": ["t"]}}, "defaults": {"consumes": {"membership": "static"}}, **T}, "YML025 w has static members on t"),
        ({"services": {"v": {"consumes": ["t"]}, "w": {"consumes": {"t": {"group": "v"}}}}, **T}, 'YML046 group "v" is of v and of w'),
        ({"services": {"w": {"identity": "stable", "consumes": {"t": {"membership": "static"}, "u": {}}}}, **T}, 'YML046 group "w" speaks protocol classic on t and consumer on u'),
        ({"services": {"w": {"consumes": {"t": {"membership": "share"}, "u": {}}}}, **T}, 'YML046 group "w" speaks protocol share on t and consumer on u'),
        ({"services": {"w": {"secrets": ["smtp", "database"]}}}, "YML043 /etc/wireplan/secrets/database is the folder of what Wireplan makes"),
        ({"services": {"w": {"environment": {"POD_NAME": "mine"}}}}, "YML043 the variable POD_NAME tells each pod who it is"),
        ({"services": {"tools": {}}}, 'YML043 "tools" is the name of the image of Wireplan\'s own Jobs'),
        ({"services": {"kafka-kafka-brokers": {}}}, 'YML043 "kafka-kafka-brokers" is the name of Kafka by Strimzi in Kubernetes'),
        ({"services": {"platform": {}}}, 'YML043 "platform" is the name of a member of every services\' workspace'),
        ({"services": {"default": {}}}, 'YML043 "default" is the name of the ServiceAccount that every namespace has'),
        ({"services": {"pg-main-rw": {}}, "databases": {"main": {}}}, 'YML043 "pg-main-rw" is the name of the Postgres cluster main in Kubernetes'),
        ({"services": {"pg-main-restored": {}}, "databases": {"main": {}}}, 'YML043 "pg-main-restored" is the name of the Postgres cluster main in Kubernetes'),
        ({"services": {"encoder": {}}, "moved": [{"from": "services.encode", "to": "services.encodr"}]}, 'YML030 no service is called "encodr"; did you mean encoder?'),
        ({"services": {"encoder": {}}, "moved": [{"from": "services.encode", "to": "service.encoder"}]}, 'YML031 "service" is nothing that can be moved; did you mean services?'),
        ({**T, "moved": [{"from": "topics.s", "to": "topics.t"}]}, 'YML031 "topics" is nothing that can be moved'),
        ({**DATABASES, "moved": [{"from": "databases.m", "to": "databases.main"}]}, 'YML031 "databases" is nothing that can be moved'),
        ({"services": {"a": {}}, "moved": [{"from": "caches.a", "to": "services.a"}]}, "YML025 caches.a cannot become services.a: they are of two kinds"),
        ({"services": {"a": {}, "b": {}}, "moved": [{"from": "services.a", "to": "services.b"}]}, "YML025 services.a is still there, so it was not renamed to services.b"),
        ({"services": {"c": {}}, "moved": [{"from": "services.a", "to": "services.c"}, {"from": "services.b", "to": "services.c"}]}, "YML025 services.a and services.b are both renamed to services.c"),
        ({"services": {"b": {}, "c": {}}, "moved": [{"from": "services.a", "to": "services.b"}, {"from": "services.a", "to": "services.c"}]}, "YML025 services.a is renamed to both services.b and services.c"),
        ({"services": {"c": {}}, "moved": [{"from": "services.a", "to": "services.c"}] * 2}, "YML025 the rename of services.a to services.c is written twice"),
        ({**T, "allow_data_loss": ["topic v"]}, 'YML049 no topic is called "v"'),
        ({"topics": {"order.placed": {}}, "allow_data_loss": ["topic order.plcaed"]}, 'YML049 no topic is called "order.plcaed"; did you mean order.placed?'),
        ({**DATABASES, "allow_data_loss": ["database mian"]}, 'YML049 no database is called "mian"; did you mean main?'),
        ({"allow_data_loss": ["volume kafak"]}, 'YML030 no volume is called "kafak"; did you mean kafka?'),
        ({"buckets": {"films": {}}, "allow_data_loss": ["bucket films"]}, "YML031 a bucket is nothing that a change destroys"),
        ({"services": {"upload": {}}, "waivers": [{"allow": "KAF001", "on": "services.uplod", "until": "2027-01-31", "reason": "r"}]}, 'YML034 nothing is called "services.uplod"; did you mean services.upload?'),
    ],
)  # fmt: skip
def test_a_reference_that_does_not_hold_gives_one_finding(parts: dict[str, Any], expected: str) -> None:
    found = broken(**parts)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    "on", [None, "services", "services.a", "services.a.calls.b", "topics.t.u", "kafka", "kafka.heap"]
)
def test_a_waiver_may_name_a_part_or_what_is_in_it(on: str | None) -> None:
    waiver = {"allow": "KAF001", "until": "2027-01-31", "reason": "r", **({"on": on} if on else {})}
    assert broken(services={"a": {}}, topics=["t.u"], kafka={}, waivers=[waiver]) == []


@pytest.mark.parametrize(
    ("key", "version"), [("id", "number"), ("number", "at"), ("state", None), (None, "at")]
)
def test_a_key_is_one_plain_value_and_a_version_a_number_or_a_time(
    key: str | None, version: str | None
) -> None:
    named = {"key": key} if key else {}
    assert broken(topics={"t": {"message": "x.v1.Made", "version": version, **named}}) == []


def test_what_hangs_on_a_missing_name_is_not_told_again() -> None:
    """The contract of a service that is not there, and its methods, are no further faults."""
    found = broken(services={"g": {"calls": {"gone": {"contract": "x.v1.Z", "methods": ["Q"]}}}})
    assert found == ['YML030 no service is called "gone"']


@pytest.mark.row("M2")
@pytest.mark.row("M5")
@pytest.mark.row("M6")
def test_services_with_groups_of_their_own_may_be_static_where_their_names_are_stable() -> None:
    stable = {
        "identity": "stable",
        "consumes": {"t": {"membership": "static"}, "u": {"membership": "static"}},
    }
    assert broken(services={"v": stable, "w": {"consumes": ["t", "u"]}}, **T) == []


def test_what_is_renamed_may_be_what_another_was_called_before() -> None:
    swapped = [{"from": "caches.a", "to": "caches.b"}, {"from": "caches.b", "to": "caches.a"}]
    assert broken(caches=["a", "b"], moved=swapped) == []


def test_what_can_be_moved_is_what_the_program_renames() -> None:
    assert of_changes.MOVABLE == tree.MOVABLE


def test_data_that_is_there_may_be_given_up_and_topics_that_follow_from_others_too() -> None:
    allowed = ["topic t", "topic t.w.dlt", "database main", "database a", "volume kafka", "volume objects"]
    assert broken(**T, **DATABASES, allow_data_loss=allowed) == []


def test_an_allowance_for_data_that_is_taken_out_does_not_stop_the_change() -> None:
    """It is the one way to remove a topic; left behind, it is a warning at its place with the edit."""
    text = "system: s\nservices: {}\ntopics: {made: {}}\nallow_data_loss: [topic mad]\n"
    (found,) = loaded(text).findings
    assert (str(found.at), found.code, found.severity) == ("t.yaml:4:19", "YML049", Severity.WARNING)
    assert found.edit is not None
    assert found.edit.text == "topic made"


def test_where_clients_find_kafka_is_no_services_name() -> None:
    """A service of that name would take the place of the Service that Strimzi makes."""
    for provider in ("builtin", "strimzi"):
        host = names.kafka_bootstrap(provider, "t").partition(".")[0]
        assert [each.split()[0] for each in broken(services={host: {}})] == ["YML043"]


@pytest.mark.parametrize(
    ("service", "place", "what", "fix"),
    [
        ("database: x", "3:17", 'database "x" is used, but there is no databases: section', "Add databases: {main: {databases: [x]}}."),
        ("publishes: [made]", "3:19", 'topic "made" is used, but there is no topics: section', "Add topics: {made: {message: package.Message}}."),
        ("publishes: [made, lost]", "3:19", "topics are used, but there is no topics: section", "Add topics: {lost: {message: package.Message}, made: {message: package.Message}}."),
        ("buckets: {films: read}", "3:24", 'bucket "films" is used, but there is no buckets: section', "Add buckets: [films]."),
        ("caches: [fast, quick]", "3:16", "caches are used, but there is no caches: section", "Add caches: [fast, quick]."),
        ("externals: [id]", "3:19", 'external "id" is used, but there is no externals: section', "Add externals: {id: {url: https://...}}."),
    ],
)  # fmt: skip
def test_a_section_that_is_not_there_is_told_with_what_it_would_hold(
    service: str, place: str, what: str, fix: str
) -> None:
    (found,) = loaded(f"system: s\nservices:\n  a: {{{service}}}\n").findings
    assert (str(found.at), found.code, found.what, found.fix) == (f"t.yaml:{place}", "YML030", what, fix)


def test_a_section_that_holds_nothing_is_there(faults: Faults) -> None:
    found = faults("system: s\nservices: {a: {database: x}}\ndatabases: {main: {}}\n")
    assert found == ['2:26 YML030 no database is called "x"']


def test_of_a_section_with_the_wrong_shape_only_that_is_told(faults: Faults) -> None:
    found = faults("system: s\nservices: {a: {caches: [fast]}}\ncaches: 5\n")
    assert [each.split()[1] for each in found] == ["YML022"]
