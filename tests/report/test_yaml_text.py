"""The writer of YAML: whatever is written is read back as the same data, by an old parser too."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from wireplan.report import yaml_text

TRICKY = [
    "on", "Yes", "n", "null", "~", "1e3", "0x1f", "0o17", "1_000", "1:30", "2020-01-01", ".inf", "e.1", "<<", "=", "key:", "a: b",
    "a #b", "- a", "? a", ":", "::", "/a:b", "# x\ny", "%x", "@a", "`a`", "!tag", "&a", "*a", "{", "[", "|", ">", "'", '"', "\\",
    "", " ", " a", "a ", "a\n", "a\n\n", "\n", "\na", " a\n", "a \nb", "a\n  b\n\n\n", "---\nx", "...\ny\n", "x\n---\n", "\ttab",
    "\u0000", "\u0085", "\u2028", "\ufeff", "\U0001f600", "\U00018cd6", "ü", "200m", "512Mi", "1", "-1", "1.5", "true",
]  # fmt: skip

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text() | st.sampled_from(TRICKY)
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(TRICKY), inner, max_size=4)
    ),
    max_leaves=12,
)


def read(text: str) -> list[Any]:
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


@given(trees)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert read(yaml_text.documents([value])) == [value]


@pytest.mark.parametrize("text", TRICKY)
def test_a_tricky_text_stays_a_text(text: str) -> None:
    assert read(yaml_text.document({"key": text, text: [text]})) == [{"key": text, text: [text]}]


def test_it_looks_as_people_write_it() -> None:
    body = {
        "apiVersion": "v1",
        "metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "a"}, "annotations": {}},
        "data": {"x.properties": "a=1\nb=2\n", "flag": "true", "count": "3"},
        "items": [{"name": "a", "ports": [80, 443]}, "plain", [1, 2], {}],
    }
    assert (
        yaml_text.document(body)
        == """\
apiVersion: v1
metadata:
  name: a
  labels:
    app.kubernetes.io/name: a
  annotations: {}
data:
  x.properties: |
    a=1
    b=2
  flag: "true"
  count: "3"
items:
- name: a
  ports:
  - 80
  - 443
- plain
- - 1
  - 2
- {}
"""
    )


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="nan has no place"):
        yaml_text.document({"a": float("nan")})
