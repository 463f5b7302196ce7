"""Faults of a text, as lines a person can compare: `line:column code what`."""

from collections.abc import Callable

import pytest
from wireplan.load.read import Loaded, load

Faults = Callable[..., list[str]]


def loaded(text: "str | bytes", overlay: "str | bytes | None" = None) -> Loaded:
    """What a text, and an overlay over it, say."""
    texts = {"t.yaml": text, "o.yaml": overlay}

    def read(name: str) -> bytes:
        found = texts[name]
        assert found is not None
        return found.encode() if isinstance(found, str) else found

    return load(read, "t.yaml", None if overlay is None else "o.yaml")


@pytest.fixture
def faults() -> Faults:
    """The findings of a text; of an overlay's places the file is named."""

    def lines(text: "str | bytes", overlay: "str | bytes | None" = None) -> list[str]:
        found = loaded(text, overlay).findings
        return [f"{str(f.at).removeprefix('t.yaml:')} {f.code} {f.what}" for f in found]

    return lines
