"""What takes messages on a machine that reaches no relay and no gateway, and shows them: by SMTP, or as JSON by HTTP (spec row M3).

It is as strict as the real ones: TLS with its certificate, and nothing without the password or token. What it got is a GET of /messages on loopback of its
pod, and a DELETE forgets it. It keeps things in memory: a restart has forgotten, too.
"""

# The server is installed in the image, not where the repository is checked; and it has no types.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUntypedBaseClass=false

import hmac
import json
import os
import signal
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

READ = ("127.0.0.1", 8025)
KEPT, CHARACTERS = 10_000, 8 * 1024 * 1024
"""Messages, and their text in all, that are kept: the oldest go first, and a pod with little memory stays."""
LARGEST = 1024 * 1024


@dataclass
class Kept:
    """What came, oldest first; a message whose key came before counts as a copy of that one."""

    messages: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    characters: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, key: str, message: Mapping[str, Any]) -> None:
        """Keep one, or count a copy."""
        with self.lock:
            if key not in self.messages:
                self.messages[key] = {"key": key, **message, "copies": 0}
                self.characters += size(self.messages[key])
            self.messages[key]["copies"] += 1
            while len(self.messages) > 1 and (len(self.messages) > KEPT or self.characters > CHARACTERS):
                self.characters -= size(self.messages.pop(next(iter(self.messages))))

    def listed(self) -> list[dict[str, Any]]:
        """All of them."""
        with self.lock:
            return [dict(each) for each in self.messages.values()]

    def forget(self) -> None:
        """None of them any more."""
        with self.lock:
            self.messages.clear()
            self.characters = 0


def size(message: Mapping[str, Any]) -> int:
    """How many characters a message has, however often it came."""
    return sum(len(str(value)) for name, value in message.items() if name != "copies")


class Answers(BaseHTTPRequestHandler):
    """What both HTTP servers have in common."""

    protocol_version = "HTTP/1.1"
    timeout = 300
    """Seconds; a connection that is silent for longer has nobody at its other end, and holds a thread."""
    kept: Kept

    def answer(self, status: int, found: object = None) -> None:
        """One answer, as JSON."""
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base
        """Nothing: addresses of people stand in what is asked."""


class Shown(Answers):
    """What came, for who looks."""

    def do_GET(self) -> None:
        """The messages."""
        self.answer(200, self.kept.listed())

    def do_DELETE(self) -> None:
        """Forget them."""
        self.kept.forget()
        self.answer(200, [])


class Taking(Answers):
    """A gateway for messages. One without a token takes them from everybody, as the topology has senders show none."""

    token: str

    def do_POST(self) -> None:
        """Take one message."""
        length = int(self.headers.get("content-length") or 0)
        if not 0 < length <= LARGEST:
            self.close_connection = True
            self.answer(413)
            return
        body = self.rfile.read(length)
        if self.token and not known(self.headers.get("authorization") or "", f"Bearer {self.token}"):
            self.answer(401)
            return
        key, message = self.headers.get("idempotency-key"), as_map(body)
        if not key or message is None or not message.get("to"):
            self.answer(422)
            return
        self.kept.add(key, message)
        self.answer(202, {"key": key})


def known(given: str, wanted: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def as_map(body: bytes) -> dict[str, Any] | None:
    """JSON that is a map."""
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


@dataclass
class Mailbox:
    """A relay for mail: every address has its mailbox here."""

    kept: Kept

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - the server finds it by this name
        """Take one mail."""
        mail = message_from_bytes(envelope.content, EmailMessage, policy=default)
        body = mail.get_body(("plain",))
        found = {
            "from": envelope.mail_from,
            "subject": str(mail["Subject"] or ""),
            "text": body.get_content() if body else "",
        }
        for to in envelope.rcpt_tos:
            self.kept.add(
                f"{mail['Message-ID']} {to}", {"to": to, **found, "message_id": str(mail["Message-ID"])}
            )
        return "250 OK"


def ended(_signal: int, _frame: object) -> None:
    """End at once: what was taken is of no worth without the process."""
    os._exit(0)


def run(document: Mapping[str, Any]) -> int:
    """Take messages until the process ends. `document`: kind (smtp or http), port, certificate, key, user, and the file of the password or token."""
    kept = Kept()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(document["certificate"], document["key"])
    secret = Path(document["auth_file"]).read_text().strip() if document.get("auth_file") else ""
    start = mail if document["kind"] == "smtp" else messages
    start(kept, context, document, secret)
    threading.Thread(target=server(READ, Shown, kept=kept).serve_forever, daemon=True).start()
    if threading.current_thread() is threading.main_thread():
        # The first process of a container is not ended by a signal that it does not handle.
        signal.signal(signal.SIGTERM, ended)
    print(f"takes {document['kind']} on port {document['port']}", flush=True)
    threading.Event().wait()
    return 0


class Server(ThreadingHTTPServer):
    """A thread for each who asks."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: who hangs up, as every probe does, is no news."""


def server(at: tuple[str, int], answers: type[Answers], **knows: Any) -> Server:
    """A server whose handlers know something."""
    return Server(at, type("Handler", (answers,), knows))


def messages(kept: Kept, context: ssl.SSLContext, document: Mapping[str, Any], secret: str) -> None:
    """Take messages by HTTPS."""
    found = server(("0.0.0.0", document["port"]), Taking, kept=kept, token=secret)  # noqa: S104 - a pod's own address
    # Not when somebody connects but when they speak: the one thread that accepts waits for nobody.
    found.socket = context.wrap_socket(found.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=found.serve_forever, daemon=True).start()


def mail(kept: Kept, context: ssl.SSLContext, document: Mapping[str, Any], secret: str) -> None:
    """Take mail by SMTP, hidden by STARTTLS."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult, LoginPassword

    def sender(_: Any, __: Any, ___: Any, mechanism: str, given: Any) -> Any:
        wanted = LoginPassword(str(document.get("user") or "").encode(), secret.encode())
        return AuthResult(success=mechanism in {"PLAIN", "LOGIN"} and given == wanted)

    Controller(
        Mailbox(kept),
        hostname="0.0.0.0",  # noqa: S104 - a pod's own address
        port=document["port"],
        tls_context=context,
        require_starttls=True,
        auth_required=bool(secret),
        authenticator=sender,
        data_size_limit=LARGEST,
    ).start()
