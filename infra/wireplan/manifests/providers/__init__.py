"""Providers: who runs Kafka, Postgres, the edge or the object store. A folder a family, a module a choice.

The module's name is the value that the model allows, with `_` for `-`; each answers its family's Protocol.
"""

import importlib
from types import ModuleType

from wireplan.manifests.thing import ImpossibleError


class UnknownProviderError(ImpossibleError):
    """The Topology names a provider that has no module."""


def chosen(family: str, name: str) -> ModuleType:
    """The module of provider `name` of `family`."""
    full = f"{__name__}.{family}.{name.replace('-', '_')}"
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as error:
        if error.name != full:
            raise
        raise UnknownProviderError(f"there is no {family} provider called {name}") from error
