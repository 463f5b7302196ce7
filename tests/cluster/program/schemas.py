"""JSON schemas for kubeconform, from the running API server's own OpenAPI documents: always right for its version and its CRDs."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wireplan.rim.program.kube import Cluster

LOCATION = "{{.Group}}_{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
KINDS = "x-kubernetes-group-version-kind"
FREE = "x-kubernetes-preserve-unknown-fields"


def write(cluster: Cluster, kinds: Iterable[tuple[str, str]], folder: Path) -> str:
    """Write the schemas of these kinds, each a group version and a name; where kubeconform finds them."""
    index, wanted = cluster.get("/openapi/v3") or {}, set(kinds)
    for version in sorted({version for version, _ in wanted}):
        path = f"apis/{version}" if "/" in version else f"api/{version}"
        document = cluster.get(index["paths"][path]["serverRelativeURL"].partition("?")[0]) or {}
        definitions = {name: strict(one) for name, one in document["components"]["schemas"].items()}
        for name, one in document["components"]["schemas"].items():
            for kind in one.get(KINDS, []):
                whole = f"{kind['group']}/{kind['version']}" if kind["group"] else kind["version"]
                if (whole, kind["kind"]) not in wanted:
                    continue
                group = kind["group"] or kind["version"]  # what kubeconform calls the group of `v1`
                schema = {"$ref": f"#/definitions/{name}", "definitions": definitions}
                file = folder / f"{group}_{kind['kind'].lower()}_{kind['version']}.json"
                file.write_text(json.dumps(schema))
    return f"{folder}/{LOCATION}"


def strict(schema: Any) -> Any:
    """References inside of one document, and no field that is not named."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/definitions/")}
    found = {key: strict(value) for key, value in schema.items() if key not in ("default", "discriminator")}
    if (
        isinstance(schema.get("properties"), dict)
        and not schema.get(FREE)
        and "additionalProperties" not in schema
    ):
        found["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        found.pop("type", None)
    return found
