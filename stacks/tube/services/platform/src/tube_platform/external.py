"""HTTP to a system that is not ours, in the protocol that it speaks (row P10).

HTTP/3 first, where the topology says so. UDP does not get through everywhere: what only reads and has no answer by HTTP/3 in half of its time
goes by HTTP/2 (or 1.1), and for a while all that follows goes so at once, as browsers do it. What is sent may have arrived, so it is never
sent a second time; the next one takes the other way.

The client's own falling back takes two seconds, which is more than a login has: so it has one session a protocol, and this module chooses.
"""

import asyncio
import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tube_platform import deadlines, logs, metrics
from tube_platform.errors import Beyond
from tube_platform.lifecycle import Part
from tube_platform.resilience.breaker import Breaker, State, Verdict
from tube_platform.wiring import BreakerWiring, ExternalWiring

if TYPE_CHECKING:
    from niquests import AsyncResponse, AsyncSession

log = logs.get(__name__)

LARGEST_ANSWER = 1024 * 1024
CHUNK = 64 * 1024
UNPACKED = "identity"
"""Documents of a few kilobytes are not worth packing, and a packed one says nothing of how long it is."""

WITHOUT_HTTP3 = 300.0
"""Seconds for which requests do without HTTP/3 after it did not get through; Chromium begins with as many."""

IDLE = 20.0
"""Seconds after which a connection is not used again: servers forget silent ones (Caddy after 30), which over UDP nobody notices."""

VERSIONS = {11: "1.1", 20: "2", 30: "3"}
FIGURES = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}
CLASS = "external"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `version` is that of HTTP."""

    status: int
    body: bytes
    version: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form to send, and who sends it: name and secret of a client, for HTTP's Basic scheme."""

    fields: Mapping[str, str]
    client: tuple[str, str] | None = None

    def parts(self) -> dict[str, Any]:
        """As the client takes it."""
        return {"data": dict(self.fields), "auth": self.client}


@dataclass(frozen=True, slots=True)
class Json:
    """Fields to send as JSON, and headers beside them."""

    fields: Mapping[str, str]
    headers: Mapping[str, str]

    def parts(self) -> dict[str, Any]:
        """As the client takes it."""
        return {"json": dict(self.fields), "headers": dict(self.headers)}


type Sent = Form | Json


class ElsewhereError(Exception):
    """An address that the topology does not give this system."""


class External(Part):
    """One external system, by the topology's name for it."""

    def __init__(
        self, name: str, wiring: ExternalWiring, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Well, and not connected yet."""
        self.name, self.wiring, self.clock = name, wiring, clock
        self.breaker = watched(name, wiring.breaker, clock)
        self._sessions: dict[str, tuple[AsyncSession, float]] = {}
        self._making = asyncio.Lock()
        self._http3_from = float("-inf")
        self._loading: asyncio.Task[None] | None = None

    @property
    def ill(self) -> bool:
        """Whether it failed lately, and was not well for long enough since."""
        return self.breaker.state is not State.CLOSED

    async def start(self) -> None:
        """Load the client, which takes longer than a request may. Whoever starts does not wait for it: the other system may be away."""
        self._loading = asyncio.create_task(asyncio.to_thread(_loaded))

    async def get(self, url: str) -> Answer:
        """Read. Raises Beyond where there is no answer in time."""
        return await self._ask("GET", url, None)

    async def post(self, url: str, form: Form) -> Answer:
        """Send a form, once. Raises Beyond where there is no answer in time."""
        return await self._ask("POST", url, form)

    async def send(self, url: str, document: Json) -> Answer:
        """Send JSON, once. Raises Beyond where there is no answer in time."""
        return await self._ask("POST", url, document)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._loading:
            await asyncio.wait({self._loading})
        for session, _ in self._sessions.values():
            await session.close()

    def refuse_elsewhere(self, url: str) -> None:
        """Raise ElsewhereError unless the address is one of this system's: a document of its own must not send us, and our secret, to others."""
        asked, own = urlsplit(url), urlsplit(self.wiring.url)
        hosts = {own.hostname, *self.wiring.hosts}
        if asked.scheme != own.scheme or asked.hostname not in hosts or asked.username is not None:
            raise ElsewhereError(f"{asked.scheme}://{asked.hostname} is no address of {self.name}")

    async def _ask(self, method: str, url: str, form: Sent | None) -> Answer:
        self.refuse_elsewhere(url)
        await self._ready()
        permit = self.breaker.enter()
        if permit is None:
            metrics.external_requests.labels(self.name, "", "refused").inc()
            raise Beyond(f"{self.name} failed too often to be asked now")
        verdict = Verdict.NOTHING
        # A request that had little time from the start says more about who asks.
        missed = Verdict.FAILED if deadlines.ample(self.wiring.timeout) else Verdict.NOTHING
        try:
            answer = await self._sent(method, url, form)
            verdict = Verdict.FAILED if answer.status >= 500 or answer.status == 429 else Verdict.HEALTHY
        except Beyond:
            verdict = missed
            metrics.external_requests.labels(self.name, "", "unanswered").inc()
            raise
        finally:
            self.breaker.leave(permit, verdict)
        metrics.external_requests.labels(self.name, answer.version, str(answer.status)).inc()
        log.info("external request", system=self.name, http_version=answer.version, status=answer.status)
        if verdict is Verdict.FAILED:
            raise Beyond(f"{self.name} answered {answer.status}")
        return answer

    async def _ready(self) -> None:
        """Wait for the client, and no longer than for an answer: on a busy node it loads for long. That says nothing of the other system."""
        if self._loading is None:
            return
        await asyncio.wait({self._loading}, timeout=deadlines.for_call(self.wiring.timeout))
        if not self._loading.done():
            raise Beyond(f"{self.name} cannot be asked yet")
        self._loading.result()

    async def _sent(self, method: str, url: str, form: Sent | None) -> Answer:
        ending = self.clock() + deadlines.for_call(self.wiring.timeout)
        protocol, instead = self.wiring.protocol, self.wiring.fallback
        if protocol == "http3" and instead:
            if self.clock() >= self._http3_from:
                left = ending - self.clock()
                try:  # what is sent goes no other way afterwards, so it has all of the time
                    return await self._by("http3", left / 2 if method == "GET" else left, method, url, form)
                except Beyond:
                    self._http3_from = self.clock() + WITHOUT_HTTP3
                    log.warning("HTTP/3 does not get through", system=self.name, instead=instead)
                    if method != "GET":
                        raise
            protocol = instead
        return await self._by(protocol, ending - self.clock(), method, url, form)

    async def _by(self, protocol: str, seconds: float, method: str, url: str, form: Sent | None) -> Answer:
        from niquests.exceptions import RequestException

        timeout = max(seconds, deadlines.LEAST)
        parts: dict[str, Any] = {"allow_redirects": False, "stream": True, "timeout": timeout}
        if form:
            parts |= form.parts()
        try:
            async with asyncio.timeout(seconds):
                session: Any = await self._session(protocol)  # what it answers with depends on `stream`
                found: AsyncResponse = await session.request(method, url, **parts)
                body = await self._body(found)
        except (RequestException, OSError) as error:  # TimeoutError is one
            log.warning("no answer", system=self.name, protocol=protocol, error=type(error).__name__)
            raise Beyond(f"{self.name} does not answer") from error
        return Answer(found.status_code or 0, body, VERSIONS.get(found.http_version or 0, "?"))

    async def _body(self, found: "AsyncResponse") -> bytes:
        """What was answered, as it came: no more of it is ever held than may be, also where little was sent that unpacks to much."""
        body = bytearray()
        try:
            async for chunk in await found.iter_raw(CHUNK):
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise Beyond(f"{self.name} answers with too much")
        finally:
            await found.close()
        return bytes(body)

    async def _session(self, protocol: str) -> "AsyncSession":
        """Connections by one protocol and no other."""
        async with self._making:
            now = self.clock()
            held = self._sessions.get(protocol)
            if held and now - held[1] > max(IDLE, self.wiring.timeout):  # nor is a request under way by it
                del self._sessions[protocol]
                await held[0].close()
                held = None
            session = held[0] if held else await self._made(protocol)
            self._sessions[protocol] = session, now
            return session

    async def _made(self, protocol: str) -> "AsyncSession":
        from niquests import AsyncSession

        made = AsyncSession(
            resolver=await self._resolver(),
            headers={"accept-encoding": UNPACKED},
            allow_incoming_cookies=False,  # what it says to one login is not to be told with the next, which is somebody else's
            revocation_configuration=None,  # it would ask third parties in the middle of a login; no policy lets a pod out to them
            disable_http1=protocol != "http1",
            disable_http2=protocol != "http2",
            disable_http3=protocol != "http3",
        )
        client: Any = made
        client.get_redirect_target = _nowhere
        made.trust_env = False  # proxies and credentials come from the topology or not at all
        if self.wiring.authority_file:
            made.verify = self.wiring.authority_file
        if protocol == "http3":
            known: Any = made.quic_cache_layer
            for host in (urlsplit(self.wiring.url).hostname, *self.wiring.hosts):
                known.add_domain(str(host), urlsplit(self.wiring.url).port or 443)
        return made

    async def _resolver(self) -> str | None:
        """Who knows the addresses of names: this module where the topology says where the system lies, else whoever always does."""
        if self.wiring.address is None:
            return None
        found = await asyncio.get_running_loop().getaddrinfo(self.wiring.address, None)
        return f"in-memory://default?hosts={urlsplit(self.wiring.url).hostname}:{found[0][4][0]}"


def watched(name: str, wiring: BreakerWiring, clock: Callable[[], float] = time.monotonic) -> Breaker:
    """The breaker of a system that is not ours: metrics and log say what it does."""

    def told(state: State, why: str) -> None:
        metrics.breaker_state.labels(name, CLASS).set(FIGURES[state])
        metrics.breaker_transitions.labels(name, CLASS, state.value).inc()
        log.warning("breaker", target=name, method_class=CLASS, state=state.value, why=why)

    metrics.breaker_state.labels(name, CLASS).set(FIGURES[State.CLOSED])
    return Breaker(wiring, told, clock)


def _nowhere(_: object) -> None:
    """Where an answer sends us on: it is not followed, so what it says of that is not even read."""


def _loaded() -> None:
    """The client, and what it loads at its first request by HTTP/3."""
    for each in ("niquests", "qh3"):
        importlib.import_module(each)
