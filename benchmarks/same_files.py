"""The work of scaffold as plain Jinja would do it: the same templates, the same values, the same files, and nothing else.

python benchmarks/same_files.py TOPOLOGY OUT    write the job as JSON, for `floors.py jinja OUT FOLDER`
"""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from wireplan.rim import scaffolding, sources
from wireplan.rim.scaffolding import sources as template_sources
from wireplan.skeletons.contexts import contexts
from wireplan.skeletons.render import PLACEHOLDER
from wireplan.skeletons.system import system
from wireplan.skeletons.template import SUFFIX


def job(file: Path) -> dict[str, Any]:
    """Templates by name; the system's and each service's values; which template gives which file for which service."""
    topology = sources.topology(file)
    view = system(topology, "../../protos")
    values = {service.name: _plain(service) for service in view.services}
    templates: dict[str, str] = {}
    files: list[tuple[str, str, str]] = []  # template, service, path below the workspace
    for template in template_sources.templates():
        templates |= {f"{template.name}/{path}": text for path, text in template.files.items()}
        for context in contexts(view, template.each, template.needs):
            folder = PLACEHOLDER.sub(lambda m, words=context.words: words[m[1]], template.into)
            for path in template.files:
                target = PLACEHOLDER.sub(
                    lambda m, words=context.words: words[m[1]], path.removesuffix(SUFFIX)
                )
                files.append(
                    (
                        f"{template.name}/{path}",
                        context.words.get("service", ""),
                        "/".join(filter(None, (folder, target))),
                    )
                )
    assert len(files) == sum(
        map(len, scaffolding.rendered(topology, file.parent / "services", None).values())
    )
    return {"templates": templates, "system": _plain(view), "services": values, "files": files}


def _plain(view: Any) -> dict[str, Any]:
    found = dataclasses.asdict(view)
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in found.items()} | {
        "services": [_plain(each) for each in view.services] if hasattr(view, "services") else []
    }


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(job(Path(sys.argv[1]))))
