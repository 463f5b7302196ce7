"""Sign the services' certificates, and renew each at half of its life, for ever (docs/identity-of-services.md).

One round looks at every Secret by name and writes those that need it. It knows nothing from the round before: whatever was lost, emptied or spoilt is
made good by the next.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from wireplan.rim.images.tools import authority
from wireplan.rim.images.tools.authority import Signed, UnusableError, Wanted
from wireplan.rim.images.tools.secrets import ChangedError, Cluster, Store
from wireplan.rim.images.tools.waiting import NotYetError

PAUSE = 30.0
"""Seconds between two rounds."""

STALE = 4 * PAUSE
"""Seconds without a round that ended, after which the process hangs: liveness fails."""

PORT = 9000
CERTIFICATE, KEY, TRUSTED = "tls.crt", "tls.key", "ca.crt"

Say = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """What is wanted: seconds, and what each Secret has to hold."""

    authority: str
    lifetime: float
    renewed_after: float
    secrets: Mapping[str, Wanted]


@dataclass
class State:
    """What the probes are told."""

    fresh: bool = False
    ended: float = field(default_factory=time.monotonic)

    def live(self, now: float) -> bool:
        """Whether a round has ended lately, well or not."""
        return now - self.ended < STALE


def read(document: Mapping[str, Any]) -> Plan:
    """The plan, from the pod's file."""
    wanted = {
        str(each["secret"]): Wanted(str(each["service"]), str(each["identity"]), str(each["dns"]))
        for each in document["certificates"]
    }
    return Plan(
        str(document["authority"]), float(document["lifetime"]), float(document["renewed_after"]), wanted
    )


def run(document: Mapping[str, Any]) -> int:
    """Serve the probes, and make rounds until the pod ends."""
    plan, store, state = read(document), Cluster.here(str(document["namespace"])), State()
    serve(state)
    while True:
        once(plan, store, state, time.time(), say)
        time.sleep(PAUSE)


def say(line: str) -> None:
    """One line of the log."""
    print(line, flush=True)


def once(plan: Plan, store: Store, state: State, now: float, tell: Say) -> None:
    """One round; one that fails is told, and the next tries again."""
    try:
        state.fresh = round_of(plan, store, now, tell)
    except (NotYetError, ChangedError) as error:
        tell(f"waiting: {error}")
        state.fresh = False
    state.ended = time.monotonic()


def round_of(plan: Plan, store: Store, now: float, tell: Say) -> bool:
    """Look at all, and write what has to change; whether every certificate is there and fresh.

    Raises:
        NotYetError: the authorities could not be read or written.
        ChangedError: the same.
    """
    trusted = authorities(plan, store, now, tell)
    well = True
    for secret, wanted in plan.secrets.items():
        try:
            renew(plan, store, (secret, wanted), trusted, now, tell)
        except (NotYetError, ChangedError) as error:  # the others get theirs
            tell(f"waiting: {error}")
            well = False
    return well


def authorities(plan: Plan, store: Store, now: float, tell: Say) -> list[Signed]:
    """Those that are trusted; new ones are written down before anything is signed by them."""
    held = store.read(plan.authority)
    trusted = authority.authorities(kept(held.data, tell), plan.lifetime, now)
    data = {
        f"{int(one.began)}.{end}": text
        for one in trusted
        for end, text in (("crt", one.certificate), ("key", one.key))
    }
    if data != held.data:
        store.write(plan.authority, held, data)
        tell(f"authorities: {len(trusted)}, the newest good until {when(trusted[-1].ends)}")
    return trusted


def kept(data: Mapping[str, str], tell: Say) -> list[Signed]:
    """The authorities in their Secret; what cannot be used is told and given up."""
    found: list[Signed] = []
    for name in sorted(name for name in data if name.endswith(".crt")):
        one = Signed(data[name], data.get(f"{name.removesuffix('.crt')}.key", ""))
        try:
            one.whole()
        except UnusableError as error:
            tell(f"authority {name} is given up: {error}")
        else:
            found.append(one)
    return found


def renew(
    plan: Plan,
    store: Store,
    entry: tuple[str, Wanted],
    trusted: Sequence[Signed],
    now: float,
    tell: Say,
) -> None:
    """See that a Secret holds a good certificate and all authorities.

    Raises:
        NotYetError: the Secret could not be read or written.
        ChangedError: the same.
    """
    secret, wanted = entry
    held = store.read(secret)
    own, bundle = (
        Signed(held.data.get(CERTIFICATE, ""), held.data.get(KEY, "")),
        "".join(one.certificate for one in trusted),
    )
    why = authority.reason(own, wanted, trusted, plan.renewed_after, now)
    if why:
        own = authority.issue(authority.signer(trusted, plan.lifetime, now), wanted, plan.lifetime, now)
    data = {CERTIFICATE: own.certificate, KEY: own.key, TRUSTED: bundle}
    if data == held.data:
        return
    store.write(secret, held, data)
    tell(f"{secret}: {f'renewed until {when(own.ends)}: {why}' if why else 'told of the authorities'}")


def when(moment: float) -> str:
    """A moment as a log shows it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def serve(state: State, port: int = PORT) -> ThreadingHTTPServer:
    """Answer the kubelet: `/ready` when every certificate is there and fresh, `/live` while rounds are made."""

    class Probe(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            well = state.fresh if self.path == "/ready" else state.live(time.monotonic())
            self.send_response(HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library has it
            """Nothing: probes come every few seconds."""

    server = ThreadingHTTPServer(("", port), Probe)
    Thread(target=server.serve_forever, daemon=True).start()
    return server
