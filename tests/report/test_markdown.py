"""The comment of a pull request: what stands first, what is cut, and what cannot get out of it."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from wireplan.changes.nodes import Kind, NodeChange
from wireplan.changes.objects import Identity, ObjectChange
from wireplan.changes.preview import Preview, Proposal
from wireplan.changes.values import FieldChange
from wireplan.findings import Finding, Place, Severity
from wireplan.report import markdown, preview_json, preview_text

NEW = Finding(
    "KAF007", Severity.ERROR, Place("topology.yaml", 7, 19), "group refuses a pod", fix="protocol: classic"
)
GONE = Finding("KAF001", Severity.WARNING, Place("topology.yaml", 3, 1), "two copies")
OBJECTS = (
    ObjectChange(Kind.ADDED, Identity("Deployment", "shop", "cart")),
    ObjectChange(
        Kind.CHANGED, Identity("StatefulSet", "shop", "encoder"), (FieldChange(("spec", "replicas"), 2, 3),)
    ),
    ObjectChange(Kind.REMOVED, Identity("Service", "shop", "old")),
)
NODES = (NodeChange(Kind.CHANGED, "services.encoder", (FieldChange(("replicas", "max"), 2, 3),)),)


def proposal(*previews: Preview, file: str = "stacks/tube/topology.yaml") -> Proposal:
    """An edit against main."""
    return Proposal(file, "main", previews)


def preview(environment: str = "prod", **fields: Any) -> Preview:
    """A comparison in which nothing differs but what is given."""
    nothing: dict[str, Any] = {"new": (), "gone": (), "kept": (), "nodes": (), "objects": ()}
    return Preview(environment, **{**nothing, **fields})


FULL = preview(new=(NEW,), gone=(GONE,), nodes=NODES, objects=OBJECTS)


def test_the_comment_begins_with_marker_verdict_and_counts() -> None:
    assert markdown.render(proposal(FULL)).startswith("""\
<!-- wireplan preview stacks/tube/topology.yaml -->
### :no_entry: Wireplan: blocked
`stacks/tube/topology.yaml` against `main`

| environment | verdict | findings new / gone / kept | objects created | updated | deleted |
|---|---|---|---|---|---|
| prod | blocked | 1 / 1 / 0 | 1 | 1 | **1** |
""")


def test_findings_come_before_details_and_details_are_folded() -> None:
    text = markdown.render(proposal(FULL))
    order = [
        "#### New findings",
        "**KAF007**",
        "#### Findings gone",
        "**KAF001**",
        "<details>",
        "services.encoder",
        "!",
    ]
    positions = [text.index(part) for part in order[:-1]]
    assert positions == sorted(positions)
    assert "-   spec.replicas: 2\n+   spec.replicas: 3" in text
    assert text.count("<details>") == text.count("</details>") == 2


def test_a_finding_of_several_environments_is_told_once() -> None:
    both = markdown.render(proposal(preview("local", new=(NEW,)), preview("prod", new=(NEW,))))
    assert both.count("**KAF007**") == 1
    one = markdown.render(proposal(preview("local"), preview("prod", new=(NEW,))))
    assert "(prod)" in one


def test_what_takes_data_stands_above_everything_but_the_counts() -> None:
    lost = preview(nodes=(NodeChange(Kind.REMOVED, "topics.film.uploaded"),), new=(NEW,))
    text = markdown.render(proposal(lost))
    assert text.index(
        "**Removes or cuts short what holds data in prod:** `topics.film.uploaded`"
    ) < text.index("#### New findings")


def test_no_change_is_said() -> None:
    assert ":white_check_mark: Wireplan: no changes" in markdown.render(proposal(preview()))


def test_a_comment_keeps_to_its_limit_and_says_that_it_was_cut() -> None:
    many = tuple(
        ObjectChange(Kind.ADDED, Identity("Deployment", "shop", f"service-{n:05}")) for n in range(20_000)
    )
    text = markdown.render(proposal(preview(new=(NEW,), objects=many)))
    assert len(text.encode()) <= markdown.LIMIT < 65_536
    assert "**KAF007**" in text
    assert "more\n```" in text
    assert text.rstrip().endswith(
        "_Cut to fit a comment. The whole: `wireplan preview stacks/tube/topology.yaml --against main`._"
    )
    assert text.count("<details>") == text.count("</details>")


def test_attached_outputs_are_folded_to_the_end() -> None:
    text = markdown.render(proposal(FULL), [("pulumi preview", "Resources:\n  + 2 to create")])
    assert text.index("<summary>pulumi preview</summary>") > text.index("3 objects")
    assert "```text\nResources:\n  + 2 to create\n```" in text


HOSTILE = [
    "@everyone",
    "</details><img src=x>",
    "```\nbreaks out",
    "````",
    "`code` @everyone",
    "[link](https://evil.example) ![image](https://evil.example/x.png)",
    "| a | b |",
    "--> <script> <!-- wireplan preview x -->",
    "**bold** _it_ ~~gone~~ # title",
]
OURS = re.compile(r"<!-- wireplan preview [^>]* -->|</?details>|<summary>[^<]*</summary>|<br>")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_texts_of_the_author_take_no_effect(hostile: str) -> None:
    found = Finding("KAF001", Severity.ERROR, Place(hostile), hostile, fix=hostile)
    change = ObjectChange(
        Kind.CHANGED, Identity("ConfigMap", "shop", hostile), (FieldChange((hostile,), hostile, hostile),)
    )
    lost = NodeChange(Kind.REMOVED, f"topics.{hostile}")
    text = markdown.render(
        proposal(preview(hostile, new=(found,), nodes=(lost,), objects=(change,)), file=hostile),
        [(hostile, hostile)],
    )
    tokens = [
        inner
        for token in MarkdownIt("commonmark").enable("table").parse(text)
        for inner in (token, *(token.children or ()))
    ]
    kinds = {token.type for token in tokens}
    assert kinds.isdisjoint({"link_open", "image", "em_open", "s_open"})
    assert sum(token.type == "fence" for token in tokens) == 3, (
        "each fold holds one fence that its text did not close"
    )
    html = "".join(token.content for token in tokens if token.type in {"html_block", "html_inline"})
    assert "<" not in OURS.sub("", html)
    shown = " ".join(
        token.content for token in tokens if token.type == "text" or token.type.startswith("html")
    )
    assert not re.search(r"[@#]\w|://", shown), "nobody is mentioned, nothing is linked"
    assert text.splitlines()[0].count("-->") == 1


def test_the_marker_differs_by_file_and_stays_the_same_between_edits() -> None:
    assert markdown.marker(proposal(FULL)) == markdown.marker(proposal(preview()))
    assert markdown.marker(proposal(file="a/topology.yaml")) != markdown.marker(
        proposal(file="b/topology.yaml")
    )


def test_the_text_for_a_terminal_tells_the_same() -> None:
    assert (
        preview_text.render(proposal(FULL))
        == """\
stacks/tube/topology.yaml against main: blocked

prod: blocked
  new: topology.yaml:7:19: error: group refuses a pod [KAF007]
  gone: topology.yaml:3:1: warning: two copies [KAF001]
  1 part of the system
    ~ services.encoder
        replicas.max: 2 -> 3
  3 objects
    + Deployment/shop/cart
    ~ StatefulSet/shop/encoder
        spec.replicas: 2 -> 3
    - Service/shop/old
"""
    )


def test_the_json_for_a_program_tells_the_same() -> None:
    document = json.loads(preview_json.render(proposal(FULL)))
    assert (document["version"], document["verdict"], document["changed"]) == (1, "blocked", True)
    environment = document["environments"][0]
    assert [each["code"] for each in environment["findings"]["new"]] == ["KAF007"]
    assert environment["objects"][1] == {
        "change": "changed",
        "kind": "StatefulSet",
        "namespace": "shop",
        "name": "encoder",
        "fields": [{"path": ["spec", "replicas"], "before": 2, "after": 3}],
    }


texts = st.text(max_size=40)
changes = st.builds(
    ObjectChange,
    st.sampled_from(Kind),
    st.builds(Identity, texts, texts, texts),
    st.lists(
        st.builds(FieldChange, st.tuples(texts), texts | st.none(), texts | st.integers()), max_size=4
    ).map(tuple),
)
faults = st.builds(
    Finding,
    texts,
    st.sampled_from(Severity),
    st.builds(Place, texts, st.integers(1, 99)),
    texts,
    texts,
    texts,
)


@given(st.lists(changes, max_size=30), st.lists(faults, max_size=10), st.integers(600, 4000))
def test_any_comparison_is_told_within_any_limit(
    objects: list[ObjectChange], found: list[Finding], limit: int
) -> None:
    one = proposal(preview("prod", new=tuple(found), objects=tuple(objects)))
    text = markdown.render(one, limit=limit)
    assert len(text.encode()) <= limit
    assert text.count("<details>") == text.count("</details>")
    preview_text.render(one)
    json.loads(preview_json.render(one))
