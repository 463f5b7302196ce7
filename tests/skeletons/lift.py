"""Take edits of a rendered workspace back into the templates that render it.

    python tests/skeletons/lift.py stacks/tube/services platform workspace

The shared templates are developed in the rendered workspace of the reference system, where they run and are tested. This
writes the files of a member back, the system's names replaced by what renders them; then run scaffold, so that both agree.
An import that would be too long in a system with a long name gets a name a line, in the workspace as well.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOT_MEMBER = "workspace"
BY_HAND = {
    "pyproject.toml",
    "uv.lock",
    "README.md",
    ".gitignore",
    ".gitattributes",
    "generate.py",
}  # they depend on more than the system's name
WIDTH = 110  # of a line, see the workspace's pyproject.toml
LONGEST = 32  # letters that a system's name may have
JINJA = re.compile(r"\{\{|\{%|\{#")


def lift(text: str, system: str) -> str:
    """The template of a text that was rendered for `system`."""
    fenced = JINJA.sub(lambda found: "{{ '" + found[0] + "' }}", text)
    fenced = fenced.replace(f"{system}_platform", "{{ system.platform }}")
    return re.sub(rf"\b{system}_", "{{ system.module }}_", fenced)


def roomy(text: str, system: str) -> str:
    """The text with long imports broken, so that the formatter leaves them alone whatever the system is called."""
    room = WIDTH - (LONGEST - len(system))

    def broken(line: re.Match[str]) -> str:
        if len(line[0]) <= room or "#" in line[0] or "(" in line[0]:
            return line[0]
        named = "".join(f"{line[1]}    {name.strip()},\n" for name in line[3].split(","))
        return f"{line[1]}from {line[2]} import (\n{named}{line[1]})"

    return re.sub(rf"(?m)^( *)from ({system}_\S*) import (.+)$", broken, text)


def member(workspace: Path, name: str, system: str) -> None:
    """Write the files of a member into the template of its name; `workspace` is the root's."""
    target = ROOT / "service_templates" / name / "files"
    kept = {target / each for each in BY_HAND} | {target / f"{each}.jinja" for each in BY_HAND}
    for path in _files(workspace, name):
        text = roomy(path.read_text(), system)
        path.write_text(text)
        lifted = lift(text, system)
        inside = str(path.relative_to(workspace if name == ROOT_MEMBER else workspace / name))
        out = target / (inside if lifted == text else f"{inside}.jinja").replace(
            f"{system}_platform", "{{platform}}"
        )
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(lifted)
        kept.add(out)
    for path in target.rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()


def _files(workspace: Path, name: str) -> list[Path]:
    """The files that git knows or would add, without those that are written by hand as templates."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    where = workspace if name == ROOT_MEMBER else workspace / name
    listing = subprocess.run(words, cwd=where, check=True, capture_output=True, text=True).stdout.split()
    return [where / path for path in listing if _lifted(path, name) and (where / path).is_file()]


def _lifted(path: str, name: str) -> bool:
    return path not in BY_HAND and (name != ROOT_MEMBER or "/" not in path)


if __name__ == "__main__":
    for each in sys.argv[2:]:
        member(Path(sys.argv[1]).resolve(), each, Path(sys.argv[1]).resolve().parent.name)
