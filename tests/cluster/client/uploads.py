"""The load: a bounded loop of real uploads over HTTP/3, each with a line in the ledger before it begins and when it ends.

    PYTHONPATH=<the clone> python uploads.py --base https://tube.localhost:8443 --authority ca.crt --ledger ledger.jsonl --film film.mp4 \\
        --count 200 --seconds 300 --stop stop-file

It goes to loopback only, and ends by itself: after so many uploads, after so many seconds, or when the stop file is there.
"""

import argparse
import json
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import film
import web

from tests.cluster.ledger import FAIL, FILM, INFO, INVOKE, OK, RETRY, Ledger

PATIENCE = 90.0
"""Seconds an operation is tried for: longer than a failover of the database takes."""

PAUSE = 0.5


class RefusedError(Exception):
    """The service said no."""


class UnknownError(Exception):
    """Nobody knows."""


@dataclass
class Account:
    """Who uploads. Tokens are renewed as a client does it: when an access token is refused."""

    base: str
    authority: str
    email: str
    password: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    tokens: dict[str, Any] = field(default_factory=dict)

    def begin(self) -> None:
        """Register and log in."""
        with web.session(self.authority) as using:
            body = {"email": self.email, "password": self.password}
            self._post(using, "/v1/accounts", body)
            self.tokens = self._post(using, "/v1/login", body)

    def renew(self, using: Any, refused: str) -> None:
        """Take new tokens, unless another worker did."""
        with self.lock:
            if self.tokens["access_token"] == refused:
                self.tokens = self._post(using, "/v1/token", {"refresh_token": self.tokens["refresh_token"]})

    def _post(self, using: Any, path: str, body: dict[str, Any]) -> dict[str, Any]:
        key, end = str(uuid.uuid4()), time.monotonic() + PATIENCE
        while True:
            try:
                found = web.ask(using, "POST", self.base + path, json=body, headers={"idempotency-key": key})
                if found.status < 300:
                    return json.loads(found.body)
                if not found.unsure:
                    raise SystemExit(f"{path}: {found.status} {found.body.decode(errors='replace')}")
            except web.NoAnswerError as error:
                print(f"{path}: {error}", file=sys.stderr)
            if time.monotonic() > end:
                raise SystemExit(f"{path}: no answer for {PATIENCE:g} s")
            time.sleep(PAUSE)


@dataclass
class Worker:
    """One client with its own connections: uploads, one after the other."""

    account: Account
    ledger: Ledger
    film: bytes
    using: Any
    writing: threading.Lock

    def upload(self, op: str) -> str:
        """One operation from its invocation to its end."""
        self._write(op, INVOKE)
        end = time.monotonic() + PATIENCE
        seen: list[str] = []
        try:
            state, note = OK, self._steps(op, end, seen)
        except RefusedError as error:
            # A refusal after an attempt that nobody knows the end of does not undo that attempt.
            state, note = (INFO if "complete" in seen else FAIL), str(error)
        except UnknownError as error:
            state, note = INFO, str(error)
        self._write(op, state, note=note)
        return state

    def _steps(self, op: str, end: float, seen: list[str]) -> str:
        base = f"{self.account.base}/v1/videos"
        body = {"title": f"film of {op}", "content_type": "video/mp4"}
        created = json.loads(
            self._insist(
                op, "create", end, seen, "POST", base, json=body, headers={"idempotency-key": op}
            ).body
        )
        video = created["video_id"]
        self._write(op, FILM, film=video)
        headers = {"content-type": "video/mp4"}
        self._insist(
            op,
            "put",
            end,
            seen,
            "PUT",
            created["upload_url"],
            data=film.unique(self.film, op),
            headers=headers,
        )
        return self._insist(op, "complete", end, seen, "POST", f"{base}/{video}/complete").version

    def _insist(
        self, op: str, step: str, end: float, seen: list[str], method: str, url: str, **parts: Any
    ) -> web.Answer:
        """Until there is a yes or a no, or the patience ends. Every step may be made again: it has its key."""
        while True:
            try:
                found = self._once(step, method, url, parts)
                if found.status < 300:
                    return found
                note = f"{step}: {found.status} {found.body[:120].decode(errors='replace')}"
                if not found.unsure:
                    raise RefusedError(note)
            except web.NoAnswerError as error:
                note = f"{step}: {error}"
            seen.append(step)
            if time.monotonic() > end:
                raise UnknownError(note)
            self._write(op, RETRY, note=note)
            time.sleep(PAUSE)

    def _once(self, step: str, method: str, url: str, parts: dict[str, Any]) -> web.Answer:
        if step == "put":  # the address is signed; a token would be too much
            return web.ask(self.using, method, url, **parts)
        token = self.account.tokens["access_token"]
        found = self._authorized(method, url, parts, token)
        if found.status == 401:
            self.account.renew(self.using, token)
            found = self._authorized(method, url, parts, self.account.tokens["access_token"])
        return found

    def _authorized(self, method: str, url: str, parts: dict[str, Any], token: str) -> web.Answer:
        headers = {**parts.get("headers", {}), "authorization": f"Bearer {token}"}
        return web.ask(self.using, method, url, **{**parts, "headers": headers})

    def _write(self, op: str, state: str, **rest: str) -> None:
        with self.writing:
            self.ledger.write(op, state, **rest)


def main() -> None:
    """Parse, run, end."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("base", "authority", "ledger", "film", "stop", "email", "password"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pace", type=float, default=0.5, help="seconds between two uploads of a worker")
    given = parser.parse_args()
    account = Account(given.base, given.authority, given.email, given.password)
    account.begin()
    print(json.dumps({"account_id": account.tokens["account_id"]}), flush=True)
    ledger, writing = Ledger(Path(given.ledger)), threading.Lock()
    base, stop, end = film.base(Path(given.film)), Path(given.stop), time.monotonic() + given.seconds
    left = threading.Semaphore(given.count)

    def work() -> None:
        worker = Worker(account, ledger, base, web.session(given.authority), writing)
        while time.monotonic() < end and not stop.exists() and left.acquire(blocking=False):
            worker.upload(str(uuid.uuid4()))
            time.sleep(given.pace)

    threads = [threading.Thread(target=work) for _ in range(given.workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
