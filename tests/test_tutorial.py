"""docs/tutorial.md, followed word for word in a copy: files are written, texts changed and commands run as it says, in its order."""

import re
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from wireplan.rim.scaffolding import workspace

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "tutorial.md").read_text()
STEP = re.compile(
    r"""
    (?:Write\ `(?P<new>[^`]+)`
      |At\ the\ end\ of\ `(?P<longer>[^`]+)`
      |In\ `(?P<into>[^`]+)`,\ below\ `(?P<above>[^`]+)`
    ):\n```\w+\n(?P<text>.*?)^```$
    |In\ `(?P<changed>[^`]+)`,\ `(?P<old>[^`]+)`\ becomes\ `(?P<other>[^`]+)`
    |^```sh\n(?P<commands>.*?)^```$
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
DONE = "the block has been run"


class Shell:
    """One shell for the whole page: what a block sets and where it goes is there for the next."""

    def __init__(self, folder: Path) -> None:
        self._bash = subprocess.Popen(
            ["nice", "-n", "10", "bash", "-e"], cwd=folder, env=workspace.environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, block: str) -> str:
        """What a block prints; the first command that fails ends the shell, and so the test."""
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.write(f"{block}\necho '{DONE}'\n")
        self._bash.stdin.flush()
        said: list[str] = []
        for line in self._bash.stdout:
            if line.strip() == DONE:
                return "".join(said)
            said.append(line)
        pytest.fail(f"{block}\n{''.join(said)}")

    def close(self) -> None:
        self._bash.kill()
        self._bash.communicate()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What git knows of the reference system, committed, beside the environment of this clone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "protos", "stacks"], cwd=ROOT, capture_output=True, check=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for words in (["init", "-q"], ["add", "protos", "stacks"], ["commit", "-q", "-m", "tube"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    return tmp_path


@pytest.fixture
def shell(clone: Path) -> Generator[Shell]:
    found = Shell(clone)
    yield found
    found.close()


def edited(step: re.Match[str], text: str) -> str:
    """A file after what the page says of it."""
    if step["into"]:
        head, line, tail = text.partition(f"\n{step['above']}\n")
        assert line, f"{step['into']} has no line {step['above']}"
        return f"{head}{line}{step['text']}{tail}"
    if step["changed"]:
        assert text.count(step["old"]) == 1
        return text.replace(step["old"], step["other"])
    return (text if step["longer"] else "") + step["text"]


def commands() -> list[str]:
    """Every command of the page's blocks."""
    blocks = [step["commands"] for step in STEP.finditer(PAGE) if step["commands"]]
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_the_page_needs_fewer_than_ten_commands_with_the_one_that_needs_a_cluster() -> None:
    count = len(commands()) + PAGE.count("`make up`")
    assert (
        f"in {('no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine')[count]} commands"
        in PAGE
    )


def test_every_block_of_the_page_is_a_step() -> None:
    """None is left out since its sentence is of another form."""
    steps = list(STEP.finditer(PAGE))
    assert sum(not step["changed"] for step in steps) == len(re.findall(r"(?m)^```\w+$", PAGE)) >= 10


@pytest.mark.workspace
def test_the_page_adds_a_service_that_passes_its_tests(clone: Path, shell: Shell) -> None:
    said = ""
    for step in STEP.finditer(PAGE):
        if step["commands"]:
            said += shell.run(step["commands"])
            continue
        file = clone / (step["new"] or step["longer"] or step["into"] or step["changed"])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(edited(step, file.read_text() if file.is_file() else ""))
    assert "no findings" in said
    assert re.search(r"\d+ passed", said)
    assert "0 errors" in said
    assert "comments" in said.partition("0 errors")[2], "the preview names what is new"
    assert "current" in shell.run("wireplan scaffold stacks/tube --check"), "what is generated is not edited"
    shell.run("$uv run ruff check comments && $uv run ruff format --check comments")
