"""The page as text: what it holds, and that nothing in it can be anything else than what it is."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from hypothesis import given
from wireplan.findings import Finding, Place, Severity
from wireplan.report.page import data, page
from wireplan.report.picture import Picture, picture
from wireplan.report.run import Checked, Run
from wireplan.topology.impact import impact
from wireplan.topology.types import Topology

from tests.report.pictures import WORDS, laid, pictures
from tests.topology.conftest import system, tube

FOLDER = Path(page.__file__).parent


class Elements(HTMLParser):
    """Every element with its attributes, and the texts of styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.found[-1] if self.found else ("", {})
        if tag == self.cdata_elem:  # inside a style or a script
            name = attributes.get("id") or tag
            self.texts[name] = self.texts.get(name, "") + data


def run(*findings: Finding) -> Run:
    return Run("topology.yaml", (Checked("prod", "prod", findings),), {}, rules=3)


def known(topology: Topology, *findings: Finding) -> dict[str, Any]:
    return data.data(topology, picture(topology), run(*findings), impact(topology))


@given(pictures(), WORDS)
def test_any_text_comes_back_as_it_was_and_starts_no_element(drawn: Picture, word: str) -> None:
    found = page_of(drawn, word)
    assert json.loads(found.texts["data"]) == {"word": word}
    plain = page_of(replace(drawn, system="s"), "w")
    assert [tag for tag, _ in found.found] == [tag for tag, _ in plain.found]


def page_of(drawn: Picture, word: str) -> Elements:
    """A page that holds a word."""
    return Elements(page.render(laid(drawn), {"word": word}))


def test_the_policy_names_the_style_and_the_script_that_are_there() -> None:
    found = Elements(page.render(laid(picture(tube("prod"))), {}))
    (policy,) = (
        attributes["content"] or ""
        for tag, attributes in found.found
        if tag == "meta" and attributes.get("http-equiv")
    )
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(found.texts[name].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_nothing_in_it_is_loaded_from_anywhere() -> None:
    found = Elements(page.render(laid(picture(tube("prod"))), known(tube("prod"))))
    for tag, attributes in found.found:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not attributes.keys() & {"src", "href", "style", "action"}
        assert not [key for key in attributes if key.startswith("on")]


def test_every_script_and_style_beside_the_page_is_in_it() -> None:
    files = {path.name for path in FOLDER.iterdir() if path.suffix in {".js", ".css"}}
    assert files == {*page.SCRIPTS, *page.STYLES}


def test_scripts_are_small_and_end_no_element() -> None:
    for name in page.SCRIPTS:
        text = (FOLDER / name).read_text()
        assert len(text.splitlines()) <= 200
        assert "</" not in text
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b", text)


def test_each_part_has_its_values_with_their_origins() -> None:
    found = known(tube("prod"))
    (upload,) = [each for each in found["parts"] if each["id"] == "services.upload"]
    values = {path: (text, found["origins"][origin]) for path, text, origin in upload["values"]}
    text, (written, origin) = values["database.cluster"]
    assert text == "main"
    assert (written, origin.startswith(("default", "derived"))) == (False, True)
    assert {each["id"] for each in found["parts"]} >= {"kafka", "object_store"}


def test_links_and_ways_name_parts_by_their_place() -> None:
    found = known(tube("prod"))
    ids = [each["id"] for each in found["parts"]]
    ends = {(ids[source], ids[target], kind) for source, target, kind, _ in found["links"]}
    assert ("services.upload", "topics.video.uploaded", "publish") in ends
    (route,) = found["impacts"]["services.auth"]["whole"]["routes"]
    steps = [found["needs"][step] for step in route[4]]
    assert [steps[0][0].rpartition(".routes.")[0], *(step[1] for step in steps)] == [
        "edges.public",
        "services.gateway",
        "services.auth",
    ]


def test_a_finding_stands_at_its_part_in_the_words_of_validate() -> None:
    place = Place("topology.yaml", 3, 5)
    at_part = Finding(
        "X001", Severity.WARNING, place, "what", "why", "fix", path=("services", "upload", "calls")
    )
    of_all = Finding("X002", Severity.ERROR, place, "all", path=("system",))
    found = known(tube("prod"), at_part, of_all)
    ids = [each["id"] for each in found["parts"]]
    by_code = {each["code"]: each for each in found["findings"]}
    assert ids[by_code["X001"]["part"]] == "services.upload"
    assert (by_code["X001"]["why"], by_code["X001"]["fix"]) == ("why", "fix")
    assert by_code["X002"]["part"] == -1


def test_what_may_be_a_secret_is_not_passed_on() -> None:
    token = "canary-5f3a9"
    topology = system(services={"a": {"serves": "x.v1.A", "environment": {"API_TOKEN": token}}})
    assert token not in json.dumps(known(topology))
