"""The objects as files: what is text is let go, so that a large system is never in memory as objects."""

import weakref
from collections.abc import Iterator

from wireplan.manifests.thing import Object
from wireplan.report import manifest_files


class Watched(Object):
    """An object of which one can tell whether it is still there."""


def test_an_object_is_let_go_once_it_is_text() -> None:
    made: list[weakref.ref[Watched]] = []

    def objects() -> Iterator[Object]:
        for number in range(4):
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{number}"}}
            one = Watched(("service", "upload"), body)
            made.append(weakref.ref(one))
            yield one
            del one
            assert [each() for each in made[:-1]] == [None] * number

    (text,) = manifest_files.files(objects(), "prod").values()
    assert text.count("---\n") == len(made) == 4
