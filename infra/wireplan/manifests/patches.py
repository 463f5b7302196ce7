"""Patches from the topology file, applied before anybody sees the objects (JSON merge patch, RFC 7396).

A patch is `{kind, name, merge, reason}`; without a name it is for all of the kind.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from wireplan.manifests.thing import Body, ImpossibleError, Object

FIXED = ("apiVersion", "kind")


class PatchError(ImpossibleError):
    """A patch that meets no object, or changes what an object is."""


def apply(objects: Sequence[Object], patches: Iterable[Mapping[str, Any]]) -> list[Object]:
    """The objects with the patches applied in order."""
    found = list(objects)
    for number, one in enumerate(patches, start=1):
        patch: Mapping[str, Any] = one["merge"]
        check(number, patch)
        hits = [index for index, each in enumerate(found) if meets(each, one["kind"], one.get("name"))]
        if not hits:
            raise PatchError(
                f"patch {number} meets no object: {one['kind']} {one.get('name') or ''}".rstrip()
            )
        for index in hits:
            found[index] = dataclasses.replace(found[index], body=merged(found[index].body, patch))
    return found


def check(number: int, patch: Mapping[str, Any]) -> None:
    """A patch must not turn an object into another one: what refers to it would no longer find it."""
    metadata = patch.get("metadata")
    names: Iterable[str] = cast("Mapping[str, Any]", metadata) if isinstance(metadata, Mapping) else ()
    if any(key in patch for key in FIXED) or any(key in names for key in ("name", "namespace")):
        raise PatchError(f"patch {number} changes apiVersion, kind, name or namespace")


def meets(one: Object, kind: str, name: str | None) -> bool:
    """Whether a patch is for the object."""
    return one.kind == kind and name in (None, one.name)


def merged(body: Body, patch: Mapping[str, Any]) -> Body:
    """RFC 7396: mappings merge, null removes, everything else replaces."""
    result = dict(body)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            old = result.get(key)
            base = cast("Body", old) if isinstance(old, dict) else {}
            result[key] = merged(base, cast("Mapping[str, Any]", value))
        else:
            result[key] = value
    return result
