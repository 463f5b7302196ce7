"""Put the page together: the picture, the data, our own style and script, and a policy that lets nothing else in."""

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

from wireplan.report import svg
from wireplan.report.layout import Layout

STYLES = ("page.css", "panel.css")
SCRIPTS = ("model.js", "view.js", "parts.js", "failure.js", "panels.js", "search.js", "main.js")
"""In the order in which they need each other."""


def render(layout: Layout, data: Mapping[str, Any]) -> str:
    """One file without a request to anywhere: it opens from a disk, from a mail, from a CI's artifacts."""
    style = svg.style() + "".join(map(asset, STYLES))
    script = f'"use strict";\n{{\n{"".join(map(asset, SCRIPTS))}}}\n'
    kinds, nouns = svg.used(layout)
    return Template(asset("page.html")).substitute(
        title=svg.text(f"{layout.picture.system}, {layout.picture.environment}"),
        policy=policy(style, script),
        style=style,
        script=script,
        width=f"{layout.width:.0f}",
        height=f"{layout.height:.0f}",
        heads=svg.heads(kinds),
        drawing="\n".join(svg.drawing(layout)),
        legend=svg.samples(nouns, kinds),
        data=harmless(data),
    )


def asset(name: str) -> str:
    """The text of a file beside this one."""
    return files("wireplan.report.page").joinpath(name).read_text(encoding="utf-8")


def policy(style: str, script: str) -> str:
    """The content security policy: this very style and this very script, and nothing from anywhere."""
    return (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    """As a policy spells it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def harmless(data: Mapping[str, Any]) -> str:
    """JSON in which nothing can end the element that it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
