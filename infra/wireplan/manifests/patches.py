"""Patches from the topology file, applied before anybody sees the objects (JSON merge patch, RFC 7396).

A patch is `{kind, name, merge, reason}`; without a name it is for all of the kind.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from wireplan.findings import Finding
from wireplan.manifests.thing import Body, ImpossibleError, Object
from wireplan.pages import Coded
from wireplan.topology.types import Topology

FIXED = ("apiVersion", "kind")
SHOWN = 20  # names of objects that a message lists

NO_OBJECT = Coded(
    "PAT001",
    "patch-without-object",
    """A patch that meets no object.

    What: no rendered object has the patch's kind and name.
    Why: what the patch was to say is not said, and nobody would notice.
    Fix: correct kind and name, or leave name out for all objects of the kind.
    Source: RFC 7396 says what a patch does; kustomize refuses a patch without a target likewise.
    """,
)
IDENTITY = Coded(
    "PAT002",
    "patch-of-identity",
    """A patch that turns an object into another one.

    What: it changes apiVersion, kind, name or namespace.
    Why: what refers to the object would no longer find it, and the next run would make a second one.
    Fix: leave these out of the patch; names follow from the topology.
    Source: kubernetes.io/docs/concepts/overview/working-with-objects/names: kind, namespace and name are an object's identity.
    """,
)


class PatchError(ImpossibleError):
    """A patch that meets no object, or changes what an object is; `finding` says where it is written."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.at}: {finding.what} [{finding.code}]", finding.why, finding.fix)
        self.finding = finding


def apply(objects: Iterable[Object], topology: Topology) -> Iterator[Object]:
    """The objects with the topology's patches applied in order.

    Raises:
        PatchError: before the first object, a patch changes what an object is; after the last one, a patch has met none.
    """
    for index, patch in enumerate(topology.patches):
        if identity(patch["merge"]):
            raise refused(topology, index, IDENTITY, "the patch changes apiVersion, kind, name or namespace")
    if not topology.patches:
        yield from objects
        return
    seen: list[tuple[str, str]] = []
    for one in objects:
        seen.append((one.kind, one.name))
        yield patched(one, topology.patches)
    for index, patch in enumerate(topology.patches):
        if not any(meets(kind, name, patch) for kind, name in seen):
            wanted = f"{patch['kind']} {patch.get('name') or ''}".rstrip()
            what = f"the patch meets no object: {wanted}"
            raise refused(topology, index, NO_OBJECT, what, known(seen, patch["kind"]))


def patched(one: Object, patches: Iterable[Mapping[str, Any]]) -> Object:
    """An object with every patch that is for it."""
    for patch in patches:
        if meets(one.kind, one.name, patch):
            one = dataclasses.replace(one, body=merged(one.body, patch["merge"]))
    return one


def refused(topology: Topology, index: int, code: Coded, what: str, fix: str = "") -> PatchError:
    """A patch that cannot be meant, with its place."""
    path = ("patches", index)
    return PatchError(
        Finding(
            code=code.code,
            name=code.name,
            severity=code.severity,
            at=topology.place(*path),
            what=what,
            why=code.page.why,
            fix=fix or code.page.fix,
            path=path,
        )
    )


def known(seen: Sequence[tuple[str, str]], kind: str) -> str:
    """What the patch could have named: objects of its kind, else the kinds that there are."""
    names = [name for its, name in seen if its == kind]
    words = names or list(dict.fromkeys(its for its, _ in seen))
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return f"{'objects of that kind' if names else 'kinds'}: {', '.join(words[:SHOWN])}{more}"


def identity(patch: Mapping[str, Any]) -> bool:
    """Whether a patch would turn an object into another one: what refers to it would no longer find it."""
    metadata = patch.get("metadata")
    names: Iterable[str] = cast("Mapping[str, Any]", metadata) if isinstance(metadata, Mapping) else ()
    return any(key in patch for key in FIXED) or any(key in names for key in ("name", "namespace"))


def meets(kind: str, name: str, patch: Mapping[str, Any]) -> bool:
    """Whether a patch is for the object of that kind and name."""
    return bool(patch["kind"] == kind) and patch.get("name") in (None, name)


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
