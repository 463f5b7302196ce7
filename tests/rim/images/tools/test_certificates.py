"""The rounds of what signs the services' certificates: over a store in memory, and the requests it makes of an API server."""

import base64
import ipaddress
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from wireplan.rim.images.tools import authority, certificates, secrets
from wireplan.rim.images.tools.authority import Signed
from wireplan.rim.images.tools.certificates import Plan, State
from wireplan.rim.images.tools.secrets import ChangedError, Cluster, Held
from wireplan.rim.images.tools.waiting import NotYetError

from tests.rim.images.tools.memory import Memory

NOW = 1_800_000_000.0
HOUR = 3_600.0
AUTHORITY = "certificates-authority"
DOCUMENT: dict[str, Any] = {
    "namespace": "tube",
    "authority": AUTHORITY,
    "lifetime": 12 * HOUR,
    "renewed_after": 6 * HOUR,
    "certificates": [
        {"secret": f"{name}-mtls", "service": name, "identity": f"spiffe://cluster.local/ns/tube/sa/{name}", "dns": f"{name}.tube.svc.cluster.local"}
        for name in ("auth", "upload")
    ],
}  # fmt: skip
PLAN = certificates.read(DOCUMENT)
SECRETS = ("auth-mtls", "upload-mtls")


def memory(*away: str) -> Memory:
    """The Secrets as the program makes them: empty."""
    return Memory({name: {} for name in (AUTHORITY, *SECRETS)}, away=set(away))


def made(store: Memory, now: float = NOW, plan: Plan = PLAN) -> tuple[State, list[str]]:
    """One round: what the probes are told, and the log."""
    state, said = State(), list[str]()
    certificates.once(plan, store, state, now, said.append)
    return state, said


def good(store: Memory, name: str, now: float) -> bool:
    """Whether a Secret holds what it should."""
    data = store.data[name]
    own, wanted = Signed(data["tls.crt"], data["tls.key"]), PLAN.secrets[name]
    trusted = certificates.kept(store.data[AUTHORITY], str)
    told = "".join(one.certificate for one in trusted)
    return authority.reason(own, wanted, trusted, 6 * HOUR, now) == "" and data["ca.crt"] == told


def test_the_first_round_fills_empty_secrets_the_authority_first() -> None:
    store = memory()
    state, said = made(store)
    assert state.fresh
    assert store.writes == [AUTHORITY, *SECRETS]
    assert all(good(store, name, NOW) for name in SECRETS)
    assert not any("PRIVATE KEY" in line for line in said)


def test_a_round_with_nothing_to_do_writes_nothing() -> None:
    store = memory()
    made(store)
    before = list(store.writes)
    state, said = made(store, NOW + HOUR)
    assert (state.fresh, store.writes, said) == (True, before, [])


@given(emptied=st.sets(st.sampled_from(SECRETS)), later=st.floats(0, 40 * HOUR))
@settings(max_examples=20, deadline=None)
def test_whatever_was_emptied_or_is_old_is_whole_after_a_round(emptied: set[str], later: float) -> None:
    store = memory()
    made(store)
    for name in emptied:
        store.data[name] = {}
    assert made(store, NOW + later)[0].fresh
    assert all(good(store, name, NOW + later) for name in SECRETS)
    renewed = set(SECRETS) if later >= 6 * HOUR else emptied
    assert sorted(store.writes[3:]) == sorted(renewed)


def test_one_secret_that_is_away_keeps_no_other_from_its_own() -> None:
    store = memory("auth-mtls")
    state, said = made(store)
    assert not state.fresh
    assert good(store, "upload-mtls", NOW)
    assert said[-2:][0] == "waiting: Secret auth-mtls: the API server answers 404"
    store.away = set()
    assert made(store)[0].fresh


def test_without_its_authorities_nothing_is_signed() -> None:
    store = memory(AUTHORITY)
    state, _ = made(store)
    assert not state.fresh
    assert store.writes == []


def test_an_authority_that_was_not_written_down_signs_nothing() -> None:
    """Two controllers for a moment: the one that comes second does nothing."""

    class Contested(Memory):
        def write(self, name: str, held: Held, data: Mapping[str, str]) -> None:
            if name == AUTHORITY:
                raise ChangedError(name)
            super().write(name, held, data)

    store = Contested({name: {} for name in (AUTHORITY, *SECRETS)})
    assert not made(store)[0].fresh
    assert store.writes == []


def test_a_new_authority_is_shown_to_all_before_it_signs() -> None:
    store, half = memory(), NOW + authority.life(12 * HOUR) / 2
    made(store)
    made(store, half)
    assert len(certificates.kept(store.data[AUTHORITY], str)) == 2
    old, new = certificates.kept(store.data[AUTHORITY], str)

    def signed_by(one: Signed) -> bool:
        return authority.issued(Signed(store.data["upload-mtls"]["tls.crt"], "").read, one.read)

    assert signed_by(old)
    assert new.certificate in store.data["upload-mtls"]["ca.crt"]
    made(store, half + 6 * HOUR)
    assert signed_by(old), (
        "who hears of nothing for hours still has a good certificate, and is not to meet a stranger"
    )
    made(store, half + 12 * HOUR)
    assert signed_by(new)


def test_an_authority_that_is_spoilt_is_given_up_and_told() -> None:
    store = memory()
    made(store)
    store.data[AUTHORITY] = dict.fromkeys(store.data[AUTHORITY], "nonsense")
    state, said = made(store)
    assert state.fresh
    assert "is given up" in said[0]
    assert all(good(store, name, NOW) for name in SECRETS)


def test_the_probes_say_whether_all_is_fresh_and_whether_rounds_are_made() -> None:
    state = State()
    server = certificates.serve(state, 0)
    url = f"http://127.0.0.1:{server.server_address[1]}"

    def asked(path: str) -> int:
        try:
            with urlopen(url + path) as answer:
                return answer.status
        except HTTPError as error:
            return error.code

    assert (asked("/ready"), asked("/live")) == (503, 200)
    state.fresh = True
    assert asked("/ready") == 200
    state.ended -= certificates.STALE
    assert asked("/live") == 503
    server.shutdown()


@dataclass
class Answers:
    """An API server that answers what a test says, and remembers what it was asked."""

    url: str
    server: ThreadingHTTPServer
    status: int = 200
    body: Any = None
    raw: bytes = b""
    """What is said in place of `body`."""
    length: int = 0
    """What its length is said to be; 0: what it is."""
    asked: list[tuple[str, str, str, Any]] = field(default_factory=list[tuple[str, str, str, Any]])


@pytest.fixture
def api() -> Iterator[Answers]:
    """It, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            answers.asked.append((self.command, self.path, str(self.headers["Authorization"]), body))
            text = answers.raw or json.dumps(answers.body).encode()
            self.send_response(answers.status)
            self.send_header("Content-Length", str(answers.length or len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_PATCH = do_GET  # noqa: N815 - the name is the library's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library has it
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers = Answers(f"http://127.0.0.1:{server.server_address[1]}", server)
    Thread(target=server.serve_forever, daemon=True).start()
    yield answers
    server.shutdown()


@pytest.fixture
def cluster(api: Answers, tmp_path: Path) -> Cluster:
    """A client of it, with a token."""
    (tmp_path / "token").write_text("t0ken\n")
    return Cluster(api.url, "tube", tmp_path)


def test_a_secret_is_read_by_its_name(api: Answers, cluster: Cluster) -> None:
    api.body = {"metadata": {"resourceVersion": "7"}, "data": {"tls.crt": "YQ=="}}
    assert cluster.read("auth-mtls") == Held("7", {"tls.crt": "a"})
    assert api.asked == [("GET", "/api/v1/namespaces/tube/secrets/auth-mtls", "Bearer t0ken", None)]
    api.body = {"metadata": {"resourceVersion": "1"}}
    assert cluster.read("auth-mtls") == Held("1", {})


def test_a_secret_is_changed_only_as_the_version_that_was_read(api: Answers, cluster: Cluster) -> None:
    cluster.write("auth-mtls", Held("7", {"old": "x"}), {"tls.crt": "a"})
    [(verb, _, _, body)] = api.asked
    assert verb == "PATCH"
    assert body == {"metadata": {"resourceVersion": "7"}, "data": {"old": None, "tls.crt": "YQ=="}}
    api.status = 409
    with pytest.raises(ChangedError):
        cluster.write("auth-mtls", Held("7", {}), {})


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_what_the_api_server_refuses_is_tried_again(api: Answers, cluster: Cluster, status: int) -> None:
    api.status = status
    with pytest.raises(NotYetError, match=f"answers {status}"):
        cluster.read("auth-mtls")


def test_what_is_no_text_is_read_as_spoilt(api: Answers, cluster: Cluster) -> None:
    """One Secret with anything in it must not end the process that signs for all."""
    binary = base64.b64encode(b"\xff\xfe").decode()
    api.body = {"metadata": {"resourceVersion": "7"}, "data": {"tls.crt": binary}}
    assert cluster.read("auth-mtls").data["tls.crt"] not in {"", "\xff\xfe"}


@pytest.mark.parametrize("said", [b"<html>", b'{"metadata": ', b"[]", b'{"metadata": {}}'])
def test_an_answer_that_is_no_secret_is_asked_for_again(api: Answers, cluster: Cluster, said: bytes) -> None:
    api.raw = said
    with pytest.raises(NotYetError, match="auth-mtls"):
        cluster.read("auth-mtls")


def test_an_answer_that_breaks_off_is_asked_for_again(api: Answers, cluster: Cluster) -> None:
    api.raw, api.length = b'{"metadata": {"resourceVersion": "7"}}', 1000
    with pytest.raises(NotYetError, match="does not answer"):
        cluster.read("auth-mtls")


def test_an_api_server_that_is_away_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    with pytest.raises(NotYetError, match="does not answer"):
        Cluster("http://127.0.0.1:1", "tube", tmp_path).read("auth-mtls")


@pytest.mark.parametrize("known", [True, False])
def test_an_api_server_is_believed_by_the_authority_of_the_cluster_alone(
    api: Answers, tmp_path: Path, known: bool
) -> None:
    """Its certificate is as plain as those that many clusters have: without identifiers of keys, which Python asks for since 3.13."""
    context, (own, root) = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), plain_certificate()
    (tmp_path / "own.pem").write_text(own.certificate + own.key)
    context.load_cert_chain(tmp_path / "own.pem")
    api.server.socket = context.wrap_socket(api.server.socket, server_side=True)
    (tmp_path / "token").write_text("t")
    (tmp_path / "ca.crt").write_text((root if known else plain_certificate()[1]).certificate)
    cluster = Cluster(api.url.replace("http:", "https:"), "tube", tmp_path)
    api.body = {"metadata": {"resourceVersion": "7"}}
    if known:
        assert cluster.read("auth-mtls") == Held("7", {})
    else:
        with pytest.raises(NotYetError, match="CERTIFICATE_VERIFY_FAILED"):
            cluster.read("auth-mtls")


def plain_certificate() -> tuple[Signed, Signed]:
    """A server's certificate for loopback, and the authority that signed it."""
    root, key = authority.authority(12 * HOUR, time.time()), ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    period = time.time() - HOUR, time.time() + HOUR
    builder = authority.dated(authority.name("api"), root.read.subject, key, period, 7)
    builder = builder.add_extension(names, critical=False)
    return authority.signed(builder, key, authority.private(root.key)), root


def test_the_cluster_is_found_where_kubernetes_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    found = Cluster.here("tube")
    assert (found.url, found.account) == ("https://[fd00::1]:443", secrets.ACCOUNT)
