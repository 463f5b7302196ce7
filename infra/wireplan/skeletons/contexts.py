"""What a template is rendered for: once for the system, or once for each service that has what the template needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wireplan.skeletons.views import SystemView


@dataclass(frozen=True, slots=True)
class Context:
    """One rendering of a template: `words` fill its paths, `values` its texts."""

    words: Mapping[str, str]
    values: Mapping[str, object]


def contexts(system: SystemView, each: str, needs: frozenset[str]) -> Iterator[Context]:
    """The contexts of a template."""
    words = {"system": system.module, "platform": system.platform}
    if each == "system":
        if needs <= system.has:
            yield Context(words, {"system": system})
        return
    for service in system.services:
        if needs <= service.has:
            here = {**words, "service": service.name, "module": service.module, "package": service.package}
            yield Context(here, {"system": system, "service": service})
