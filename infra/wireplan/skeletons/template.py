"""A service template: which files it gives, for what part of a system, and which of them are a person's own.

`service_templates/<name>/template.yaml` says

    what: One sentence on what the files are.
    each: service            # system or service: rendered once for each
    into: "{{service}}"      # the folder of the workspace
    needs: [grpc, database]  # features that it must have, all of them
    yours: ["src/*/handlers.py.jinja"]
    moved: {old/path: new/path}

and `files/` beside it holds the files. A name that ends in `.jinja` is rendered and loses that ending, any other file is
copied. `{{word}}` in a path is a value of the view.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

EACH = ("system", "service")
SUFFIX = ".jinja"
KEYS = {"what", "each", "into", "needs", "yours", "moved"}


class TemplateError(Exception):
    """A template is not written as it must be. It names the template."""


@dataclass(frozen=True, slots=True)
class Template:
    """One folder of service_templates/. `files` maps a path under files/ to its text."""

    name: str
    what: str
    each: str
    into: str
    needs: frozenset[str]
    yours: tuple[str, ...]
    moved: Mapping[str, str]
    files: Mapping[str, str]

    def owned_by_person(self, path: str) -> bool:
        """Whether a person owns what the file at `path` renders."""
        return any(fnmatchcase(path, pattern) for pattern in self.yours)


def build(name: str, said: object, files: Mapping[str, str]) -> Template:
    """A template from its parsed template.yaml and the texts under files/.

    Raises:
        TemplateError: an unknown or missing key, a wrong value, or a pattern that matches no file.
    """
    if not isinstance(said, dict):
        raise TemplateError(f"{name}: template.yaml is not a mapping")
    spec = cast("dict[str, Any]", said)
    template = Template(
        name=name,
        what=str(spec.get("what", "")),
        each=str(spec.get("each", "")),
        into=str(spec.get("into", "")),
        needs=frozenset(spec.get("needs", ())),
        yours=tuple(spec.get("yours", ())),
        moved=dict(spec.get("moved", {})),
        files=dict(files),
    )
    for fault in _faults(spec, template):
        raise TemplateError(f"{name}: {fault}")
    return template


def _faults(spec: Mapping[str, Any], template: Template) -> Iterator[str]:
    if unknown := sorted(spec.keys() - KEYS):
        yield f"unknown key {unknown[0]}"
    if template.each not in EACH:
        yield f"each is one of {', '.join(EACH)}, not {template.each!r}"
    if not template.what:
        yield "what is missing"
    for pattern in template.yours:
        if not any(fnmatchcase(path, pattern) for path in template.files):
            yield f"no file matches {pattern} of yours"
    for old, new in template.moved.items():
        if new not in template.files or old in template.files:
            yield f"moved says that {old} is now {new}, and the files say otherwise"
