# /// script
# requires-python = ">=3.11"
# dependencies = ["imageio-ffmpeg>=0.6", "niquests[http3]>=3.20"]
# ///
"""Put a film into tube over HTTP/3, wait until it is processed, and say where it plays.

    uv run --script upload.py --authority ca.crt [FILM]

Without a film it makes one of ten seconds. `--authority` is the certificate that `wireplan up` writes beside the topology.
"""

import argparse
import json
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import niquests

VERSIONS = {11: "HTTP/1.1", 20: "HTTP/2", 30: "HTTP/3"}
LONGEST = 300.0
"""Seconds to wait for the film to be processed."""


class Tube:
    """A browser's worth of connections, and a token once somebody has logged in."""

    def __init__(self, base: str, authority: str | None) -> None:
        """Names under .localhost are this machine (RFC 6761), which not every resolver knows."""
        host = urlsplit(base).hostname or ""
        loopback = f"in-memory://default?hosts={host}:127.0.0.1&hosts=cdn.{host}:127.0.0.1"
        self.session = niquests.Session(resolver=loopback if host.endswith(".localhost") else None)
        # Said with each request: REQUESTS_CA_BUNDLE in the environment would win over the session's own.
        self.trusted: str | bool = authority or True
        self.base = base.rstrip("/")

    def ask(self, method: str, url: str, **parts: Any) -> niquests.Response:
        """One request, told with the version that carried it."""
        answer = self.session.request(
            method, url if "://" in url else self.base + url, timeout=60, verify=self.trusted, **parts
        )
        print(
            f"{VERSIONS.get(answer.http_version or 0, '?'):8} {method:4} {url.split('?', maxsplit=1)[0]} -> {answer.status_code}"
        )
        answer.raise_for_status()
        return answer

    def login(self) -> None:
        """Open an account of one's own, and log in."""
        somebody = {"email": f"{uuid.uuid4()}@example.com", "password": str(uuid.uuid4())}
        self.ask("POST", "/v1/accounts", json=somebody)
        tokens = self.ask("POST", "/v1/login", json=somebody).json()
        self.session.headers["authorization"] = f"Bearer {tokens['access_token']}"

    def upload(self, film: Path) -> str:
        """Announce the film, put its bytes where the answer says, and say that they are there."""
        made = self.ask(
            "POST", "/v1/videos", json={"title": film.stem}, headers={"idempotency-key": str(uuid.uuid4())}
        ).json()
        # The address is signed, so this request carries no token.
        self.ask("PUT", made["upload_url"], data=film.read_bytes(), headers={"authorization": None})
        self.ask("POST", f"/v1/videos/{made['video_id']}/complete")
        return made["video_id"]

    def ready(self, video: str) -> dict[str, Any]:
        """Wait until the film is processed."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            found = self.ask("GET", f"/v1/videos/{video}").json()
            if found["state"] in {"ready", "failed"}:
                return found
            time.sleep(1)
        raise SystemExit(f"the film is not processed after {LONGEST:.0f} s")


def ten_seconds(folder: Path) -> Path:
    """A film with a clock and a tone."""
    import imageio_ffmpeg

    film = folder / "a test film.mp4"
    inputs = [
        "-f",
        "lavfi",
        "-i",
        "testsrc=duration=10:size=640x360:rate=25",
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=440:duration=10",
    ]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *inputs, "-pix_fmt", "yuv420p", film], check=True
    )
    return film


def main() -> None:
    """The whole way of a film."""
    parser = argparse.ArgumentParser(description="Put a film into tube over HTTP/3 and wait until it plays.")
    parser.add_argument("film", nargs="?", type=Path)
    parser.add_argument("--base", default="https://tube.localhost:8443")
    parser.add_argument("--authority", help="the certificate that vouches for the edges")
    given = parser.parse_args()
    tube = Tube(given.base, given.authority)
    tube.login()
    with tempfile.TemporaryDirectory() as folder:
        video = tube.upload(given.film or ten_seconds(Path(folder)))
    found = tube.ready(video)
    if found["state"] == "failed":
        raise SystemExit(f"failed: {found['failure_reason']}")
    tube.ask("GET", found["playlist_url"])
    print(json.dumps({"watch": found["watch_url"], "playlist": found["playlist_url"]}, indent=2))


if __name__ == "__main__":
    main()
