"""Take edits of a rendered workspace back into the templates that render it.

    python tests/skeletons/lift.py stacks/tube/services platform [contracts ...]

The shared templates are developed in the rendered workspace of the reference system, where they run and are tested. This
writes the files of a member back, the system's names replaced by what renders them; `scaffold --check` then says whether both agree.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = {"pyproject.toml"}  # what depends on the system in more than its name
JINJA = re.compile(r"\{\{|\{%|\{#")


def lift(text: str, system: str) -> str:
    """The template of a file that was rendered for `system`."""
    lines = text.splitlines(keepends=True)
    return "".join(_line(line, system) for line in lines)


def _line(line: str, system: str) -> str:
    fenced = JINJA.sub(lambda found: "{{ '" + found[0] + "' }}", line)
    fenced = fenced.replace(f"{system}_platform", "{{ system.platform }}")
    fenced = fenced.replace(f"{system}-platform", "{{ system.name }}-platform")
    return fenced.replace(f"{system}-contracts", "{{ system.contracts_distribution }}")


def member(workspace: Path, name: str, system: str) -> None:
    """Write the files of a member into the template of its name."""
    target = ROOT / "service_templates" / name / "files"
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", name],
        cwd=workspace, check=True, capture_output=True, text=True,
    )  # fmt: skip
    kept: set[Path] = set()
    for path in listing.stdout.split():
        text = (workspace / path).read_text()
        lifted = lift(text, system)
        if Path(path).name in BY_HAND:
            continue
        inside = path.removeprefix(f"{name}/").replace(f"{system}_platform", "{{platform}}")
        out = target / (inside if lifted == text else f"{inside}.jinja")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(lifted)
        kept.add(out)
    for path in target.rglob("*"):
        if path.is_file() and path not in kept and path.name.removesuffix(".jinja") not in BY_HAND:
            path.unlink()


if __name__ == "__main__":
    for each in sys.argv[2:]:
        member(Path(sys.argv[1]).resolve(), each, Path(sys.argv[1]).resolve().parent.name)
