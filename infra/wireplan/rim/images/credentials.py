"""Who we are to a registry: the environment, or what `docker login` and its kin have written. Never printed."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

USER, PASSWORD = "WIREPLAN_REGISTRY_USER", "WIREPLAN_REGISTRY_PASSWORD"


def basic(host: str) -> str:
    """The value of a basic `Authorization` header for `host`, or nothing."""
    if os.environ.get(USER):
        pair = f"{os.environ[USER]}:{os.environ.get(PASSWORD, '')}"
        return "Basic " + base64.b64encode(pair.encode()).decode()
    auth = stored(logins(), host)
    return f"Basic {auth}" if auth else ""


def stored(document: Mapping[str, Any], host: str) -> str:
    """The stored login for `host` in Docker's configuration file; it may stand under a URL."""
    for place, login in document.get("auths", {}).items():
        if place.removeprefix("https://").removeprefix("http://").split("/")[0] == host:
            return str(login.get("auth", ""))
    return ""


def logins() -> dict[str, Any]:
    """Docker's configuration file, or an empty one."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        return json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return {}
