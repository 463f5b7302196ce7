"""Image names are filled up as container runtimes do it."""

import pytest
from wireplan.rim.images.names import NoNameError, parse

SHA = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("caddy", "docker.io/library/caddy:latest"),
        ("apache/kafka:4.3.1", "docker.io/apache/kafka:4.3.1"),
        ("docker.io/apache/kafka:4.3.1", "docker.io/apache/kafka:4.3.1"),
        ("localhost:5000/a/b:c", "localhost:5000/a/b:c"),
        (f"wireplan.local/tube/upload:abc@{SHA}", f"wireplan.local/tube/upload:abc@{SHA}"),
        (f"ghcr.io/a/b@{SHA}", f"ghcr.io/a/b@{SHA}"),
    ],
)
def test_a_written_name_has_one_full_name(written: str, full: str) -> None:
    """Host, `library/` and `latest` are filled in where they are not written."""
    assert str(parse(written)) == full


@pytest.mark.parametrize("text", ["", "UPPER/case", "a/../b", "a:b:c", "a@sha256:12", "a b"])
def test_what_is_no_name_is_refused(text: str) -> None:
    """A name becomes part of a path and of a request."""
    with pytest.raises(NoNameError):
        parse(text)
