"""The shape of a topology: unknown keys, missing keys, wrong values, each at its place and all in one run."""

import pytest

from tests.load.conftest import Faults, loaded

SERVICES = "system: s\nservices:\n  a: {%s}\n  b: {serves: x.B}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("replcas: 2", '3:7 YML020 unknown key "replcas" in services.a; did you mean replicas?'),
        ("zzz: 2", '3:7 YML020 unknown key "zzz" in services.a'),
        ("replicas: two", "3:17 YML022 services.a.replicas: 'two' is not a number of pods"),
        ("replicas: 4..2", "3:17 YML025 services.a.replicas: the fewest (4) are more than the most (2)"),
        ("replicas: 0", "3:17 YML022 services.a.replicas cannot be 0: input should be greater than or equal to 1"),
        ("tier: vital", '3:13 YML023 services.a.tier cannot be "vital"'),
        ("tier: secundary", '3:13 YML023 services.a.tier cannot be "secundary"; did you mean secondary?'),
        ('headless: "true"', '3:17 YML022 services.a.headless must be true or false, not "true"'),
        ('kind: gateway, graphql: "true"', '3:31 YML022 services.a.graphql cannot be "true": it is true or false, or a map of bounds'),
        ("kind: gateway, graphql: {depth: 0}", "3:39 YML022 services.a.graphql.depth cannot be 0"),
        ("graphql: true", "3:3 YML025 services.a: graphql is for a service of kind gateway"),
        ("environment: {LEVEL: 3}", "3:28 YML022 services.a.environment.LEVEL must be a text, not a number"),
        ("environment: {level: x}", '3:21 YML024 "level" is no name for services.a.environment'),
        ("shutdown: {grace: 30}", "3:25 YML022 services.a.shutdown.grace: 30 is not a duration"),
        ("shutdown: {grace: 30m0}", "3:25 YML022 services.a.shutdown.grace: '30m0' is not a duration"),
        ("probes: {liveness: {period: 0s}}", '3:35 YML022 services.a.probes.liveness.period cannot be "0s": it is at least 1s'),
        ("probes: {readiness: {timeout: 0}}", "3:37 YML022 services.a.probes.readiness.timeout cannot be 0: it is at least 1s"),
        ("resources: {memory: 500m}", "3:27 YML022 services.a.resources.memory: '500m' is not a size"),
        ("resources: {cpu: lots}", "3:24 YML022 services.a.resources.cpu: 'lots' is not a CPU amount"),
        ("resources: 1", "3:18 YML022 services.a.resources must be a map, not 1"),
        ("calls: [b, b]", "3:7 YML025 services.a.calls: b is listed twice"),
        ("calls: [{b: 1}]", "3:7 YML025 services.a.calls: a list here holds names"),
        ("calls: {b: {retry: {attempts: 9}}}", "3:37 YML022 services.a.calls.b.retry.attempts cannot be 9"),
        ("calls: {b: {retry: 9}}", "3:26 YML022 services.a.calls.b.retry"),
        ("calls: {b: {fallback: none}}", '3:29 YML023 services.a.calls.b.fallback cannot be "none"'),
        ("serves: not a name", '3:15 YML024 "not a name" is no name for services.a.serves'),
        ("database: Uploads", '3:17 YML024 "Uploads" is no name for services.a.database'),
        ("rate_limit: {rate: 20, burst: 4, store: f}", "3:26 YML022 services.a.rate_limit.rate: 20 is not a rate"),
        (
            "rate_limit: {rate: 2/s, burst: 4, store: f, per: route, anonymous: {rate: 1/s, burst: 1}}",
            "3:7 YML025 services.a.rate_limit: anonymous is for a limit per principal; per route counts everybody alike",
        ),
        ("rate_limit: {rate: 20/s, store: f}", '3:7 YML021 services.a.rate_limit lacks "burst"'),
        ("resources: {memory: 512Mi, memory_limit: 256Mi}", "3:7 YML025 services.a.resources: memory_limit 256Mi is below the memory requested, 512Mi"),
        ("resources: {cpu: 2, cpu_limit: 500m}", "3:7 YML025 services.a.resources: cpu_limit 500m is below the cpu requested, 2"),
        ("consumes: {t: {retries: [60s, 1m]}}", "3:18 YML025 services.a.consumes.t: a wait is listed twice in retries"),
        ("consumes: {t: {membership: share, protocol: classic}}", "3:18 YML025 services.a.consumes.t: a share group has a protocol of its own"),
        ("consumes: {t: {membership: share, ordering: key}}", "3:18 YML025 services.a.consumes.t: a share group has a protocol of its own"),
        ("kind: worker, serves: x.A", "3:3 YML025 services.a: a service of kind worker serves no gRPC"),
        (
            "oauth: [{provider: id}, {provider: id, pkce: S256}]",
            "3:3 YML025 services.a: oauth names a provider twice",
        ),
        ("reads_from_replicas: [Get]", "3:3 YML025 services.a: reads_from_replicas needs a database"),
    ],
)  # fmt: skip
def test_a_wrong_service_is_told_at_its_place(text: str, expected: str, faults: Faults) -> None:
    found = faults(SERVICES % text)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_a_route_with_a_limit_is_a_method_and_a_path(faults: Faults) -> None:
    limit = 'rate_limit: {rate: 2/s, burst: 4, store: f, routes: {"%s": {rate: 1/s, burst: 1}}}'
    assert faults(SERVICES % limit % "GET /v1/films/{film_id}" + "\ncaches: [f]\n") == []
    for wrong in ("FETCH /", "/v1/login", "POST v1", 'GET /\\"'):
        (found,) = faults(SERVICES % limit % wrong + "\ncaches: [f]\n")
        assert "YML024" in found
        assert "is no name for services.a.rate_limit.routes" in found


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("{mean: 2s, timeout: 1s}", "the mean (2s) is longer than the longest (1s)"),
        ("{mean: 0s}", "a record takes some time"),
    ],
)
def test_a_handler_takes_some_time_and_no_longer_than_it_may(
    handler: str, expected: str, faults: Faults
) -> None:
    group = f"services: {{a: {{consumes: {{t: {{handler: {handler}}}}}}}}}"
    found = faults(f"system: s\n{group}\ntopics: {{t: {{message: x.Made}}}}\n")
    assert found == [f"2:31 YML025 services.a.consumes.t.handler: {expected}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("services: {}\n", ['1:1 YML021 the file lacks "system"']),
        ("system: Shop\nservices: {}\n", ['1:9 YML024 "Shop" is no name for system']),
        ("system: s\nservices: {Up_Load: {}}\n", ['2:12 YML024 "Up_Load" is no name for services']),
        ("wireplan: 2\nsystem: s\nservices: {}\n", ["1:11 YML023 wireplan cannot be 2"]),
        ("system: s\nservices: {}\nkafka: {version: 4.3}\n", ["3:18 YML022 kafka.version must be a text, not 4.3"]),
        ("system: s\nservices: {}\nedges: {e: {host: h}}\n", ['3:9 YML021 edges.e lacks "routes"']),
        ("system: s\nservices: {}\nedges: {e: {host: h, routes: [{path: x, to: a}]}}\n", ['3:38 YML022 edges.e.routes[0].path cannot be "x"']),
        ("system: s\nservices: {}\nwaivers: [{allow: KAF001, until: soon, reason: r}]\n", ['3:34 YML022 waivers[0].until cannot be "soon"']),
        ("system: s\nservices: {}\nsagas: {p: {owner: a, steps: [{r: {call: a.B, send: t}}]}}\n", ["3:31 YML025 sagas.p.steps[0]: a step has one of call and send"]),
        ("system: s\nservices: {}\nsagas: {p: {owner: a, steps: [{r: {await: t}}]}}\n", ["3:31 YML025 sagas.p.steps[0]: a step has one of call and send, or an undo alone"]),
        ("system: s\nservices: {}\nsagas: {p: {owner: a, steps: [{r: {call: a.B, changes: false}}]}}\n", ["3:31 YML025 sagas.p.steps[0]: changes is of a send"]),
        ("system: s\nservices: {a: {serves: x.A}}\nsagas: {p: {owner: a, steps: [{r: {call: a.B, timeout: 5}}]}}\n", ["3:56 YML022 sagas.p.steps[0].timeout: 5 is not a duration"]),
        ("system: s\nservices: {}\nkafka: {bootstrap: nowhere}\n", ["3:20 YML022 kafka.bootstrap: this is no list of host:port"]),
        ("system: s\nservices: {}\nkafka: {bootstrap: 'a:1,b:99999'}\n", ["3:20 YML022 kafka.bootstrap: this is no list of host:port"]),
        ("system: s\nservices: {}\nobject_store: {endpoint: s3.example}\n", ["3:26 YML022 object_store.endpoint: this is no URL"]),
        ("system: s\nservices: {}\nobject_store: {endpoint: 'ftp://s3.example'}\n", ["3:26 YML022 object_store.endpoint: this is no URL"]),
        ("system: s\nservices: {}\nobject_store: {endpoint: 'https://{env.HOME}'}\n", ["3:26 YML022 object_store.endpoint: this is no URL"]),
        ("system: s\nservices: {}\nobject_store: {endpoint: \"https://s3.example\\n}\\nimport x\"}\n", ["3:26 YML022 object_store.endpoint: this is no URL"]),
        ("system: s\nservices: {}\nexternals: {e: {url: 'https://h:99999999/'}}\n", ["3:22 YML022 externals.e.url: this is no URL"]),
        ("system: s\nservices: {}\nexternals: {e: {url: 'https://[::1/'}}\n", ["3:22 YML022 externals.e.url: this is no URL"]),
        ("system: s\nservices: {}\nsagas: {p: {owner: a, steps: [{r: {send: t}}, {r: {send: t}}]}}\n", ["3:9 YML025 sagas.p: r is the name of two steps"]),
        ("system: s\nservices: {}\nmoved: [{form: services.a, to: services.b}]\n", ['3:10 YML020 unknown key "form" in moved[0]; did you mean from?', '3:9 YML021 moved[0] lacks "from"']),
    ],
)  # fmt: skip
def test_a_wrong_system_is_told_at_its_place(text: str, expected: list[str], faults: Faults) -> None:
    found = faults(text)
    assert len(found) == len(expected), found
    for fault, begin in zip(sorted(found), sorted(expected), strict=True):
        assert fault.startswith(begin)


def test_all_faults_come_in_one_run(faults: Faults) -> None:
    text = """\
system: s
system: t
services:
  a: {replcas: 2, tier: vital, graphql: yes}
  b: {shutdown: {grace: 30}}
topics:
  t: {partitions: many}
"""
    assert [fault.split(maxsplit=2)[:2] for fault in faults(text)] == [
        ["2:1", "YML003"],
        ["4:7", "YML020"],
        ["4:25", "YML023"],
        ["4:41", "YML004"],
        ["5:25", "YML022"],
        ["7:19", "YML022"],
    ]


def test_a_probe_may_begin_at_once_and_ask_more_often_than_kubernetes_can(faults: Faults) -> None:
    """A wait of nothing is what Kubernetes has anyway, and parts of a second are rounded up."""
    assert faults(SERVICES % "probes: {startup: {initial_delay: 0s, period: 500ms}}") == []


def test_an_unknown_key_lists_the_known_ones_and_offers_the_edit() -> None:
    finding = loaded(SERVICES % "replcas: 2").findings[0]
    assert "accepts_tokens_of, availability, buckets, caches, calls" in finding.fix
    assert finding.edit is not None
    assert (finding.edit.text, finding.edit.at.end_column - finding.edit.at.column) == (
        "replicas",
        len("replcas"),
    )


def test_a_number_where_a_text_is_wanted_offers_quotes() -> None:
    finding = loaded("system: s\nservices: {}\nkafka: {version: 4.3}\n").findings[0]
    assert finding.fix == 'Put it in quotes: "4.3".'


def test_a_name_of_python_is_no_key_of_the_file(faults: Faults) -> None:
    """`old` is what Python calls `from`."""
    found = faults("system: s\nservices: {}\nmoved: [{old: services.a, new: services.b}]\n")
    assert any('unknown key "old"' in fault for fault in found)


def test_what_is_right_is_checked_further_in_the_same_run(faults: Faults) -> None:
    """Wrong values are taken out, and what refers to something that is not there is told beside them."""
    text = """\
system: s
services:
  front: {kind: gateway, replcas: 2, calls: {orders: {deadline: 5}, ordres: {}, half: {}}}
  orders: {serves: x.v1.A, replicas: 4..2, consumes: [made, mad]}
  half: {serves: not a name}
topics:
  made: {message: x.v1.Made, partitions: many}
databases:
  main: {rpo: soon}
waivers:
  - {allow: KAF001, on: services.nobody, until: 2027-01-31}
"""
    assert [fault.split()[:2] for fault in faults(text)] == [
        ["3:26", "YML020"],
        ["3:65", "YML022"],
        ["3:69", "YML030"],
        ["4:38", "YML025"],
        ["4:61", "YML030"],
        ["5:18", "YML024"],
        ["7:42", "YML022"],
        ["9:15", "YML022"],
        ["11:5", "YML021"],
    ]


def test_a_part_that_is_wrong_as_a_whole_is_still_there(faults: Faults) -> None:
    """`orders` has keys that do not go together; who calls it is not told that there is no such service."""
    text = "system: s\nservices: {a: {calls: [orders]}, orders: {kind: worker, serves: x.A}}\n"
    assert [fault.split()[1] for fault in faults(text)] == ["YML025"]


def test_what_was_taken_out_is_not_missed(faults: Faults) -> None:
    """A database whose cluster's list is wrong, a topic whose message is, tokens that are."""
    text = """\
system: s
services:
  a: {serves: x.A, database: d, consumes: [t], tokens: {access: 5}}
  g: {kind: gateway, calls: [a], accepts_tokens_of: a}
topics: {t: {message: not one}}
databases: {main: {databases: [d, D]}}
"""
    assert [fault.split()[:2] for fault in faults(text)] == [
        ["3:65", "YML022"],
        ["5:23", "YML024"],
        ["6:35", "YML024"],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "system: 1\n",
        "services: 1\nsystem: []\n",
        "system: s\nservices: [[a]]\n",
        "system: s\nservices: {a: [b]}\nedges: 1\n",
    ],
)
def test_much_that_is_wrong_is_told_without_more(text: str, faults: Faults) -> None:
    assert {fault.split()[1] for fault in faults(text)} <= {"YML021", "YML022", "YML025"}


@pytest.mark.parametrize(("written", "quoted"), [("4.10", '"4.10"'), ("17", '"17"')])
def test_a_number_that_must_be_a_text_is_put_in_quotes_as_it_stands(written: str, quoted: str) -> None:
    (finding,) = loaded(f"system: s\nservices: {{}}\nkafka: {{version: {written}}} # as bought\n").findings
    assert finding.edit is not None
    assert finding.edit.text == quoted
    assert quoted in finding.fix
