"""What is a secret's value, or may be one: by its shape, by the name it stands under, by the part of a topology that it stands in.

The rule SEC003 refuses such values; the loader's messages and every excerpt of a file leave their text out.
"""

import re

WORDS = r"pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:api|private|access|secret|signing|encryption)[_\-.]?key"
NAMES = re.compile(rf"(?i)(?:^|[_\-.])(?:{WORDS})(?:[_\-.]?(?:\d+|value|base64|old|new))?$")
NO_SECRETS = re.compile(
    r"(?i)^(?:|true|false|yes|no|on|off|none|required|optional|enabled|disabled|/.*|\$[({].*[)}])$"
)
SHAPES = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"), "a private key"),
    (re.compile(r"(?<![a-z0-9+.\-])[a-z0-9+.\-]+://[^/\s:@]+:[^/\s@]+@"), "a password in an address"),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), "an AWS access key"),
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b"), "a GitHub token"),
    (re.compile(r"\bxox[abpr]-[A-Za-z0-9-]{10,}"), "a Slack token"),
    (re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{11,}\.eyJ[A-Za-z0-9_-]{8,}\."), "a JSON web token"),
)
"""A run of letters is looked at from its beginning only: from each letter on, a text of a megabyte would take an hour."""

PRIVATE = frozenset({"env", "environment", "secrets"})
"""Keys of a service below which no value is shown, whatever its name: what is there is between the author and the service."""
OF_SECRETS = frozenset({"data", "stringData", "value"})
"""Keys of a patch below which it is the same."""

Path = tuple[str | int, ...]


def kind(name: str, value: str) -> str:
    """What kind of secret `value` is, by its shape or by the name it stands under; nothing if none."""
    for shape, said in SHAPES:
        if shape.search(value):
            return said
    if NAMES.search(name) and not NO_SECRETS.match(value):
        return f"the value of {name}"
    return ""


def hides(path: Path, value: str) -> bool:
    """Whether the text of the value at `path` of a topology file is shown to nobody. On doubt it is: who wrote it knows it."""
    steps = [step for step in path if isinstance(step, str)]
    if path[:1] == ("services",) and PRIVATE & set(steps[2:]):
        return True
    if path[:1] == ("patches",) and OF_SECRETS & set(steps):
        return True
    return bool(kind(steps[-1].removesuffix("s") if steps else "", value))
