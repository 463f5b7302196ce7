"""Run in the services' own environment: what takes messages, as its pods run it, and the platform's own code that sends. Says what was taken.

sending.py SINK FOLDER, with certificates (NAME.crt, NAME.key), who vouches for them (ca.crt) and the file of the secret (auth) in the folder
"""

# What it imports is installed there, and not where the repository is checked.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

import asyncio
import importlib.util
import json
import socket
import sys
import threading
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

from tube_platform.channels.gateway import Gateway
from tube_platform.channels.messages import Mail, Push, Sms
from tube_platform.channels.smtp import Relay
from tube_platform.errors import Problem
from tube_platform.external import External
from tube_platform.wiring import ExternalWiring

LONG = 60.0
MAIL = Mail("ann@example.org", "Ready", "It is out.")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def taking(sink: Any, folder: Path, kind: str, name: str) -> tuple[int, int]:
    """Run what takes messages; its port, and the port that shows them."""
    port, read = free_port(), free_port()
    sink.READ = ("127.0.0.1", read)
    told = {
        "kind": kind, "port": port, "certificate": folder / f"{name}.crt", "key": folder / f"{name}.key", "user": "tube",
        "auth_file": folder / "auth",
    }  # fmt: skip
    began = threading.Event()
    sink.print = lambda *_, **__: began.set()
    threading.Thread(target=sink.run, args=(told,), daemon=True).start()
    assert began.wait(LONG)
    return port, read


def shown(port: int) -> list[dict[str, Any]]:
    """What it took."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/messages", timeout=LONG) as answer:
        return json.load(answer)


async def outcome(carrier: Any, message: Any, key: str) -> str:
    """What becomes of a message."""
    try:
        await carrier.carry(message, key)
    except Problem as problem:
        return type(problem).__name__
    return "taken"


async def main(program: str, given: str) -> None:
    """One message each way, each twice, and one with a wrong secret."""
    folder = Path(given)
    spec = importlib.util.spec_from_file_location("sink", program)
    assert spec
    assert spec.loader
    sink = importlib.util.module_from_spec(spec)
    sys.modules["sink"] = sink
    spec.loader.exec_module(sink)
    wrong = folder / "wrong"
    wrong.write_text("not this")
    found: dict[str, Any] = {}

    port, read = taking(sink, folder, "smtp", "mail.localhost")
    way = ExternalWiring(
        f"smtp://mail.localhost:{port}", "smtp", LONG, address="127.0.0.1", authority_file=str(folder / "ca.crt"), tls="starttls",
        user="tube", auth_file=str(folder / "auth"),
    )  # fmt: skip
    said = [await outcome(Relay("mail", way, "no-reply@tube.example"), MAIL, "1") for _ in range(2)]
    said.append(
        await outcome(Relay("mail", replace(way, auth_file=str(wrong)), "no-reply@tube.example"), MAIL, "2")
    )
    found["mail"] = {"said": said, "kept": shown(read)}

    port, read = taking(sink, folder, "http", "push.localhost")
    url = f"https://push.localhost:{port}/v1/messages"
    for message in (Push("device-1", "Ready", "It is out."), Sms("+491701234567", "Ready")):
        name = type(message).__name__.lower()
        said = []
        for auth in (folder / "auth", folder / "auth", wrong):
            to = ExternalWiring(
                url,
                "http1",
                LONG,
                address="127.0.0.1",
                authority_file=str(folder / "ca.crt"),
                auth_file=str(auth),
            )
            external = External(name, to)
            await external.start()
            said.append(await outcome(Gateway(external, "tube"), message, name))
            await external.close()
        found[name] = {"said": said, "kept": [each for each in shown(read) if each["key"] == name]}
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
