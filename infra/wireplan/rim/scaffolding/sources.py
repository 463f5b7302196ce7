"""Read the service templates from service_templates/."""

from pathlib import Path

from wireplan.load import template as parsed
from wireplan.rim import assets
from wireplan.skeletons import template
from wireplan.skeletons.template import Template

HEAD = "template.yaml"


def templates(root: Path | None = None) -> list[Template]:
    """Every template, by name.

    Raises:
        TemplateError: a template is not written as it must be.
    """
    folder = root or assets.folder("service_templates")
    return [_template(head.parent) for head in sorted(folder.glob(f"*/{HEAD}"))]


def _template(folder: Path) -> Template:
    files = folder / "files"
    texts = {
        str(path.relative_to(files)): path.read_text(encoding="utf-8")
        for path in sorted(files.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return template.build(folder.name, parsed.mapping((folder / HEAD).read_text(encoding="utf-8")), texts)
