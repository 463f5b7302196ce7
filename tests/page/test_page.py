"""The page of a system in a real browser: what a person does on it, and what they see then."""

from pathlib import Path
from typing import Any

import pytest

from tests.page.chromium import Page

pytestmark = pytest.mark.browser

MAP = "#map"
SCALE = "new DOMMatrix(getComputedStyle(document.querySelector('#scene')).transform).a"
SCENE = "document.querySelector('#scene').getAttribute('transform')"


def part(name: str) -> str:
    """The element of a part in the picture, by its whole title's beginning."""
    return f"#map .part[aria-label^='{name},']"


def effects(page: Page, effect: str) -> set[str]:
    """The names of the parts in the picture that are marked so."""
    return set(page.texts(f"#map .part.{effect} .name"))


def listed(page: Page, effect: str) -> list[str]:
    """The routes and flows in the list of what becomes so."""
    return page.texts(f"#panel-failure .effects li.{effect} .name span:last-child")


def test_it_opens_from_a_disk_without_a_request_or_a_complaint(page: Page, tube: Path) -> None:
    page.open(tube)
    page.click(part("gateway"))
    page.press("f")
    assert page.requests() == [tube.as_uri()]
    assert page.complaints() == []


def test_its_policy_lets_no_other_script_and_no_request_in(page: Page, tube: Path) -> None:
    page.open(tube)
    page.value(
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.strange = 1' }))"
    )
    assert page.value("typeof window.strange") == "undefined"
    assert page.value("fetch('https://elsewhere.example').then(() => 'came', () => 'refused')") == "refused"


def test_all_of_a_small_system_is_in_sight_at_first(page: Page, shop: Path) -> None:
    page.open(shop)
    outside = (
        "(() => { const stage = document.querySelector('#stage').getBoundingClientRect(); return [...document.querySelectorAll('#map .part')]"
        ".filter(part => { const box = part.getBoundingClientRect(); return box.left < stage.left || box.right > stage.right"
        " || box.top < stage.top || box.bottom > stage.bottom; }).length; })()"
    )
    assert page.value(outside) == 0


def test_the_wheel_zooms_and_the_point_under_the_mouse_stays(page: Page, tube: Path) -> None:
    page.open(tube)
    before, at = page.value(SCALE), page.middle(part("upload"))
    page.wheel(at, -300)
    page.until(f"{SCALE} > {before * 1.3}")
    after = page.middle(part("upload"))
    assert after == pytest.approx(at, abs=2)


def test_a_drag_moves_the_picture_and_leaves_the_choice(page: Page, tube: Path) -> None:
    page.open(tube, "#part=services.auth")
    before = page.middle(part("upload"))
    page.drag(before, (60, 40))
    after = page.middle(part("upload"))
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((60, 40), abs=1)
    assert page.texts("#map .part.chosen .name") == ["auth"]


def test_a_click_beside_all_parts_chooses_none(page: Page, tube: Path) -> None:
    page.open(tube, "#part=services.auth")
    corner = page.value(
        "(() => { const box = document.querySelector('#stage').getBoundingClientRect(); return { x: box.right - 20, y: box.top + 20 }; })()"
    )
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **corner)
    assert page.value("document.querySelectorAll('#map .chosen').length") == 0


def test_a_system_too_large_to_read_begins_where_clients_come_in(page: Page, tube: Path) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=820, height=500, deviceScaleFactor=1, mobile=False)
    page.open(tube)
    stage = page.value("document.querySelector('#stage').getBoundingClientRect().toJSON()")
    first = page.middle(part("public"))
    assert stage["left"] < first["x"] < stage["right"]
    assert stage["top"] < first["y"] < stage["bottom"]
    assert page.value(SCALE) >= 0.6
    assert page.value("document.querySelector('#overview').hasAttribute('hidden')") is False


def test_keys_zoom_and_show_all_of_it_again(page: Page, shop: Path) -> None:
    page.open(shop)
    first = page.value(SCENE)
    page.press("+")
    assert page.value(SCALE) > 0
    assert page.value(SCENE) != first
    page.press("0")
    assert page.value(SCENE) == first


def test_it_counts_one_part_as_one(page: Page, shop: Path) -> None:
    page.open(shop)
    assert page.value(
        "[...document.querySelectorAll('#panel-system .counts div')].map(each => each.textContent)"
    ) == [
        "1edge",
        "2services",
        "1external",
    ]


def test_a_slash_and_a_few_letters_find_a_part(page: Page, tube: Path) -> None:
    page.open(tube)
    page.press("/")
    assert page.value("document.activeElement.id") == "search"
    page.type("processed")
    assert page.texts("#hits [role=option] span:first-child") == ["video.processed"]
    assert page.texts("#map .part.hit .name") == ["video.processed"]
    page.press("Enter")
    assert page.text("#panel-part h2") == "video.processed"
    assert page.value("document.activeElement.matches('#map .part.topics.chosen')") is True


def test_a_click_shows_the_resolved_values_each_with_where_it_is_from(page: Page, tube: Path) -> None:
    page.open(tube)
    page.click(part("gateway"))
    rows = page.value(
        "Object.fromEntries([...document.querySelectorAll('#panel-part tbody')].flatMap(body => [...body.querySelectorAll('.row-value')].map(row =>"
        " [[body.dataset.group, row.cells[0].textContent].filter(Boolean).join('.'), [row.cells[1].firstChild.data, row.querySelector('.origin').textContent]])))"
    )
    value, origin = rows["calls.auth.deadline"]
    assert value == "2s"
    assert origin.split(":")[0].endswith("stacks/tube/topology.yaml")
    value, origin = rows["tier"]
    assert (value, origin.partition(":")[0]) == ("critical", "default")


def test_the_values_are_those_of_show(page: Page, tube: Path) -> None:
    from typer.testing import CliRunner
    from wireplan.commands.app import build

    words = ["show", "services.upload", str(Path(__file__).parents[2] / "stacks" / "tube"), "--env", "prod"]
    told = CliRunner().invoke(build(), words, catch_exceptions=False).stdout.splitlines()[1:]
    page.open(tube, "#part=services.upload")
    shown = page.texts("#panel-part .row-value .origin")
    assert len(shown) == len(told)
    assert all(any(line.endswith(origin) for line in told) for origin in shown)


def test_values_are_filtered_by_what_is_typed(page: Page, tube: Path) -> None:
    page.open(tube, "#part=services.gateway")
    page.click("#panel-part .filter")
    page.type("budget_that_is_not_there")
    page.until("[...document.querySelectorAll('#panel-part .row-value')].every(row => row.hidden)")


def test_a_part_with_findings_is_marked_and_tells_them_as_validate_does(page: Page, shop: Path) -> None:
    from wireplan.rim import validation

    (seen,) = validation.validate(shop.with_name("topology.yaml")).seen()
    page.open(shop)
    assert page.texts("#map .finding-mark.error text") == ["1"]
    page.click(part("front"))
    card = page.text("#panel-part .finding")
    for text in (
        seen.finding.code,
        seen.finding.what,
        seen.finding.why,
        seen.finding.fix,
        str(seen.finding.at),
    ):
        assert text in card


def test_a_part_that_fails_takes_down_degrades_and_leaves(page: Page, tube: Path) -> None:
    page.open(tube)
    page.click(part("statistics"))
    page.click("#panel-part button.primary")
    assert effects(page, "down") == {"statistics"}
    assert "gateway" in effects(page, "degrades")
    assert {"media", "cdn", "auth"} <= effects(page, "stays")
    assert listed(page, "fails") == ["statistics consumes video.processed"]
    assert "public / \u2192 gateway" in listed(page, "degrades")
    assert "cdn / \u2192 media" in listed(page, "stays")


def test_each_effect_has_a_sign_of_its_own_beside_its_colour(page: Page, tube: Path) -> None:
    page.open(tube, "#away=databases.main")
    shapes: Any = page.value(
        "Object.fromEntries(['down', 'fails', 'degrades', 'stays'].map(effect =>"
        " [effect, document.querySelector(`#map .effect-mark.${effect}`).innerHTML]))"
    )
    assert len(set(shapes.values())) == 4


def test_what_fails_shows_the_way_to_the_failed_part(page: Page, tube: Path) -> None:
    page.open(tube, "#away=services.auth")
    item = "#panel-failure .effects li.fails"
    assert page.texts(f"{item} .way-text button")[:3] == ["public", "gateway", "auth"]
    place = page.middle(item)
    page.call("Input.dispatchMouseEvent", type="mouseMoved", **place)
    page.until("document.querySelectorAll('#map .link.way').length === 2")
    assert set(page.texts("#map .part.way .name")) == {"public", "gateway", "auth"}


def test_the_answers_are_those_of_impact(page: Page, tube: Path) -> None:
    from wireplan.topology.effects import Effect
    from wireplan.topology.impact import impact
    from wireplan.topology.types import TopicRole

    from tests.topology.conftest import tube as topology

    page.open(tube)
    answers = impact(topology("prod"))
    aside = {
        f"topics.{name}"
        for name, topic in topology("prod").topics.items()
        if topic.role is not TopicRole.MAIN
    }
    offered = page.value(
        "[...document.querySelectorAll('#fail option')].map(each => each.value).filter(Boolean)"
    )
    assert set(offered) == set(answers) - aside - {"node"}, "the page shows parts, and no machine"
    for name in offered:
        found = answers[name]
        page.value(f"document.querySelector('#fail').value = '{name}'")
        page.value("document.querySelector('#fail').dispatchEvent(new Event('change'))")
        for effect, word in ((Effect.FAILS, "fails"), (Effect.DEGRADES, "degrades")):
            wanted = [each for each in (*found.whole.routes, *found.whole.flows) if each.effect is effect]
            assert len(listed(page, word)) == len(wanted), (name, word)


def test_one_copy_gone_is_another_question(page: Page, tube: Path) -> None:
    page.open(tube, "#away=services.auth")
    assert listed(page, "fails")
    page.click("#panel-failure input[value=one]")
    assert listed(page, "fails") == []
    assert "take" in page.text("#panel-failure")


def test_what_is_not_drawn_fails_by_the_list_of_all_parts(page: Page, tube: Path) -> None:
    page.open(tube, "#away=kafka")
    assert page.text("#panel-failure h2") == "kafka is away"
    assert {"video.uploaded", "video.processed"} <= effects(page, "fails")


def test_all_is_well_again_after_escape(page: Page, tube: Path) -> None:
    page.open(tube, "#away=kafka")
    page.press("Escape")
    assert page.value("document.querySelectorAll('.effect-mark').length") == 0
    assert page.text("#panel-failure h2") == "Nothing is away"


def test_keys_alone_go_from_part_to_part_choose_one_and_let_it_fail(page: Page, tube: Path) -> None:
    page.open(tube)
    page.value("document.querySelector(\"#map .part[tabindex='0']\").focus()")
    assert page.value("document.activeElement.getAttribute('aria-label')").startswith("public,")
    page.press("ArrowRight")
    focused = page.value("document.activeElement.getAttribute('aria-label')")
    assert not focused.startswith("public,")
    page.press("Enter")
    assert page.text("#panel-part h2") == focused.partition(",")[0]
    page.press("f")
    assert effects(page, "down") == {focused.partition(",")[0]}
    assert page.value("document.activeElement.getAttribute('aria-label')").endswith("is away")


def test_what_changed_is_said_to_who_does_not_see_it(page: Page, tube: Path) -> None:
    page.open(tube, "#away=services.auth")
    assert page.text("#said").startswith("auth is away: 1 route and 2 flows: fails")


def test_an_address_brings_back_what_was_looked_at(page: Page, tube: Path) -> None:
    page.open(tube)
    page.click(part("auth"))
    page.press("f")
    fragment = page.value("location.hash")
    assert fragment == "#part=services.auth&away=services.auth"
    page.open(tube)
    page.open(tube, fragment)


def test_every_control_has_a_name(page: Page, tube: Path) -> None:
    page.open(tube, "#part=services.gateway&away=services.auth")
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    controls = {"button", "textbox", "searchbox", "combobox", "radio", "tab", "listbox"}
    nameless = [
        node
        for node in tree
        if not node.get("ignored")
        and node.get("role", {}).get("value") in controls
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []
