"""A Caddy for tests, as the edges and the stand-ins of external systems are made of: HTTP/3 and HTTP/2 with a certificate of its own authority."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0
HOST = "id.localhost"


def program() -> Path | None:
    """Where Caddy is; None when neither the environment nor the machine has one."""
    packaged = Path(sys.executable).parent / "caddy"
    installed = shutil.which("caddy")
    return packaged if packaged.exists() else Path(installed) if installed else None


@dataclass(frozen=True, slots=True)
class Server:
    """A running Caddy: where it is, and who vouches for it."""

    port: int
    authority: Path

    @property
    def url(self) -> str:
        """Its address, by a name that only its own resolver knows."""
        return f"https://{HOST}:{self.port}"


@contextmanager
def caddy(folder: Path, port: int, site: str, protocols: str = "h1 h2 h3") -> Generator[Server]:
    """A Caddy on a port of loopback that answers as `site` says, in the words of a Caddyfile."""
    binary = program()
    if binary is None:
        raise RuntimeError("there is no Caddy: `uv sync` installs one")
    file, authority = folder / "Caddyfile", folder / "caddy/pki/authorities/local/root.crt"
    file.write_text(_text(port, site, protocols))
    environment = {
        **os.environ,
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "HOME": str(folder),
    }
    words = [str(binary), "run", "--config", str(file), "--adapter", "caddyfile"]
    with (folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + PATIENCE
        while not (authority.is_file() and _vouched_for(port, authority)):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Caddy did not start: {(folder / 'caddy.log').read_text()[-2000:]}")
            time.sleep(0.02)
        yield Server(port, authority)
    finally:
        process.kill()
        process.wait(PATIENCE)


def _text(port: int, site: str, protocols: str) -> str:
    return f"""\
{{
	admin off
	persist_config off
	skip_install_trust
	auto_https disable_redirects
	servers {{
		protocols {protocols}
	}}
}}
https://{HOST}:{port} {{
	bind 127.0.0.1
	tls internal
	{site}
}}
"""


def _vouched_for(port: int, authority: Path) -> bool:
    """Whether it has its certificate, which it makes after it listens."""
    with contextlib.suppress(OSError):
        trust = ssl.create_default_context(cafile=str(authority))
        plain = socket.create_connection(("127.0.0.1", port), 1.0)
        with plain, trust.wrap_socket(plain, server_hostname=HOST):
            return True
    return False
