"""Topology and templates to the files of a workspace, in memory.

Templates are logic-free: what they need is computed in views.py. An undefined name is an error, not an empty string.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import jinja2

from wireplan.skeletons.contexts import Context, contexts
from wireplan.skeletons.system import system
from wireplan.skeletons.template import SUFFIX, Template, TemplateError
from wireplan.topology.types import Topology

SIMPLE = re.compile(r"\{\{ (\w+)\.(\w+) \}\}")
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class File:
    """One rendered file; `path` is relative to the workspace, `moved_from` where an earlier template had it."""

    path: str
    text: str
    yours: bool
    moved_from: str | None = None


def render(topology: Topology, templates: Iterable[Template], protos: str = "") -> dict[str, dict[str, File]]:
    """Every file of the workspace by member and path. The member "" is the workspace's own root.

    `protos` is the path from the contracts member to the folder of the .proto files.

    Raises:
        TemplateError: a template cannot be rendered, or two of them give the same file.
        UnfitError: no workspace can be made for this system.
    """
    view = system(topology, protos)
    ordered = sorted(templates, key=lambda t: t.name)
    engine = environment(ordered)
    members: dict[str, dict[str, File]] = {}
    for template in ordered:
        for context in contexts(view, template.each, template.needs):
            for file in _files(engine, template, context):
                member = members.setdefault(member_of(file.path), {})
                if file.path in member:
                    raise TemplateError(f"{template.name}: {file.path} is rendered by another template too")
                member[file.path] = file
    return members


def member_of(path: str) -> str:
    """The member a path belongs to: its first folder, "" for a file of the root."""
    return path.split("/", 1)[0] if "/" in path and not path.startswith(".") else ""


def environment(templates: Iterable[Template]) -> jinja2.Environment:
    """Jinja as it is used here: code, not HTML; strict; lines of statements leave no trace."""
    table = {
        f"{t.name}/{path}": text for t in templates for path, text in t.files.items() if path.endswith(SUFFIX)
    }
    return jinja2.Environment(
        loader=jinja2.DictLoader(table),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is source code, not HTML
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )


def _files(engine: jinja2.Environment, template: Template, context: Context) -> Iterator[File]:
    folder = _filled(template.into, context.words, template)
    moved = {new: old for old, new in template.moved.items()}
    for source, text in template.files.items():
        if source.endswith(SUFFIX):
            text = _rendered(engine, f"{template.name}/{source}", text, context.values)  # noqa: PLW2901
        old = moved.get(source)
        yield File(
            path=_target(folder, source, context.words, template),
            text=text,
            yours=template.owned_by_person(source),
            moved_from=_target(folder, old, context.words, template) if old else None,
        )


def _rendered(engine: jinja2.Environment, name: str, text: str, values: Mapping[str, object]) -> str:
    try:
        if _simple(text):
            return SIMPLE.sub(lambda match: str(getattr(values[match[1]], match[2])), text)
        return engine.get_template(name).render(values)
    except KeyError as error:
        raise TemplateError(f"{name}: {error} is undefined") from error
    except AttributeError as error:
        raise TemplateError(f"{name}: {error}") from error
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{name}:{error.lineno}: {error.message}") from error
    except jinja2.TemplateError as error:
        raise TemplateError(f"{name}: {error.message}") from error


def _simple(text: str) -> bool:
    """Whether there is nothing in a template but values: most of the shared platform, and compiling it costs more than all else."""
    return "{%" not in text and "{#" not in text and text.count("{{") == len(SIMPLE.findall(text))


def _target(folder: str, source: str, words: Mapping[str, str], template: Template) -> str:
    path = _filled(source.removesuffix(SUFFIX), words, template)
    return f"{folder}/{path}" if folder else path


def _filled(text: str, words: Mapping[str, str], template: Template) -> str:
    def word(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise TemplateError(
                f"{template.name}: {match[0]} in a path is none of {', '.join(sorted(words))}"
            )
        return words[match[1]]

    return PLACEHOLDER.sub(word, text)
