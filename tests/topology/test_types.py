"""A reader has every type of a Topology from one place, whichever module it is written in."""

import importlib
import pkgutil

from wireplan.topology import types


def test_every_type_is_among_the_public_names() -> None:
    modules = [
        importlib.import_module(each.name)
        for each in pkgutil.iter_modules(types.__path__, f"{types.__name__}.")
    ]
    written = {
        name
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    }
    assert "Topology" in written
    assert written - set(types.__all__) == set()
