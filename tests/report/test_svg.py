"""The picture as SVG: well-formed for any name, whole, legible without colours, and nothing in it that acts."""

import re
from xml.etree import ElementTree

from hypothesis import given
from wireplan.report import svg
from wireplan.report.page import page
from wireplan.report.picture import Arrow, Picture
from wireplan.report.screen import printable
from wireplan.report.shapes import OUTLINES, TITLES
from wireplan.report.strokes import STROKES
from wireplan.topology.graph import LinkKind, Node

from tests.report.pictures import laid, pictures

SVG = "{http://www.w3.org/2000/svg}"
CSS = svg.style()
PAGE_CSS = page.asset("page.css")


def parsed(picture: Picture) -> ElementTree.Element:
    """The document; it does not parse where it is not well-formed."""
    return ElementTree.fromstring(svg.render(laid(picture)))


def of_class(root: ElementTree.Element, word: str) -> list[ElementTree.Element]:
    return [each for each in root.iter() if word in each.get("class", "").split()]


@given(pictures())
def test_any_name_is_only_text(picture: Picture) -> None:
    root = parsed(picture)
    known = {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "g", "text"}
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= known
    assert not [key for each in root.iter() for key in each.attrib if key.startswith("on") or "href" in key]


@given(pictures())
def test_every_part_and_every_link_is_drawn(picture: Picture) -> None:
    root = parsed(picture)
    drawn = [each for each in of_class(root, "part") if each.get("data-part")]
    assert len(drawn) == len(picture.nodes)
    titles = [each.findtext(f"{SVG}title", "") for each in drawn]
    for node, title in zip(picture.nodes, titles, strict=True):
        assert title.startswith(printable(node.name).replace("\n", " "))
    assert len([each for each in of_class(root, "link") if each.get("data-link")]) == len(picture.arrows)


@given(pictures())
def test_the_legend_tells_what_is_drawn_and_nothing_else(picture: Picture) -> None:
    words = [each.text for each in of_class(parsed(picture), "words")]
    nouns = {TITLES[node.noun] for node in picture.nodes}
    assert set(words) == nouns | {STROKES[arrow.kind].title for arrow in picture.arrows}


def test_every_noun_has_an_outline_of_its_own() -> None:
    outlines = {noun: outline(120, 46) for noun, outline in OUTLINES.items()}
    assert len(set(outlines.values())) == len(TITLES) == len(outlines)


def test_kinds_of_links_differ_by_dashes_width_or_head_not_by_colour_alone() -> None:
    kinds = [kind for kind in LinkKind if kind not in (LinkKind.BUCKET, LinkKind.UPLOAD)]  # one protocol
    looks = {(STROKES[kind].head, dashes(kind), width(kind)) for kind in kinds}
    assert len(looks) == len(kinds)


def rules(kind: LinkKind) -> str:
    """What the style says of a link of that kind."""
    return " ".join(re.findall(rf"\.link\.{kind.value}[^{{]*{{([^}}]*)}}", CSS))


def dashes(kind: LinkKind) -> str:
    return " ".join(re.findall(r"stroke-dasharray: ([^;]*);", rules(kind)))


def width(kind: LinkKind) -> str:
    return " ".join(re.findall(r"stroke-width: ([^;]*);", rules(kind)))


def colours(scheme: str) -> dict[str, str]:
    """The colours of light or dark."""
    light, dark = CSS.split("@media (prefers-color-scheme: dark)")
    text = light if scheme == "light" else dark
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", text))


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_words_can_be_read_in_light_and_in_dark() -> None:
    """4.5 to 1, which WCAG 2 asks of small letters."""
    for scheme in ("light", "dark"):
        found = colours(scheme)
        grounds = [found[name] for name in found if name.endswith("-fill")] + [found["paper"]]
        assert all(contrast(found[ink], ground) >= 4.5 for ink in ("ink", "quiet") for ground in grounds)
        lines = ("route", "call", "event", "sql", "cache", "object", "outside")
        assert all(contrast(found[line], found["paper"]) >= 4.5 for line in lines)


def test_the_words_of_the_page_can_be_read_on_its_panel() -> None:
    light, dark = PAGE_CSS.split("@media (prefers-color-scheme: dark)")
    for scheme, text in (("light", light), ("dark", dark)):
        found = colours(scheme) | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", text))
        grounds = (found["panel"], found["paper"])
        words = ("ink", "quiet", "accent", "fails", "degrades", "stays", "down")
        assert all(contrast(found[word], ground) >= 4.5 for word in words for ground in grounds)
        assert all(contrast(found["ink"], found[f"{effect}-fill"]) >= 4.5 for effect in ("fails", "degrades"))


def test_light_and_dark_have_the_same_colours_to_choose_from() -> None:
    assert colours("light").keys() == colours("dark").keys()


def test_a_long_name_is_shortened_in_its_middle_and_whole_in_its_title() -> None:
    name = "a" * 60 + ".end"
    root = parsed(Picture("shop", "prod", (Node("topics", name),), ()))
    (shown,) = [each.text or "" for each in of_class(root, "name")]
    assert len(shown) < 40
    assert shown.endswith(".end")
    assert any(each.text == f"{name}: topic" for each in root.iter(f"{SVG}title"))


def test_an_arrow_says_its_kind_by_its_head() -> None:
    ends = (Node("services", "a"), Node("topics", "t"))
    arrows = (Arrow(*ends, LinkKind.PUBLISH, "publish", dashed=True),)
    root = parsed(Picture("shop", "prod", ends, arrows))
    (link,) = [each for each in of_class(root, "link") if each.get("data-link")]
    heads = {each.get("id") for each in root.iter(f"{SVG}marker")}
    assert link.get("marker-end") == "url(#head-publish)"
    assert heads == {"head-publish"}
