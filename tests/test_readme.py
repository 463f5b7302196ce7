"""What the README shows is what a reader gets: its finding, its topology file, and the commands of all pages."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner
from wireplan.commands.app import build

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
TUBE = ROOT / "stacks" / "tube"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FROM_ROOT = [*(ROOT / "docs").glob("*.md"), ROOT / "examples" / "README.md"]
BLOCK_CALL = re.compile(r"^(?:\$ )?wireplan (.*)$", re.MULTILINE)
CALL = re.compile(r"(?:^|[`/(])wireplan ([a-z][^`\n#()|]*)", re.MULTILINE)


def validate(file: Path) -> str:
    return CliRunner().invoke(build(), ["validate", str(file)]).stdout


def test_the_finding_that_it_shows_is_one_that_is_found(tmp_path: Path) -> None:
    """In the reference system, where somebody gives processing too little time to end."""
    (tmp_path / "protos").symlink_to(ROOT / "protos")
    folder = tmp_path / "stacks" / "tube"
    folder.mkdir(parents=True)
    text = (TUBE / "topology.yaml").read_text()
    changed = re.sub(r"^(  processing:.*)$", r"\1\n    shutdown: {grace: 20s}", text, flags=re.MULTILINE)
    (folder / "topology.yaml").write_text(changed)
    (shown,) = re.findall(r"^topology\.yaml:.*: error: .*$", README, re.MULTILINE)
    assert shown.split(": ", 1)[1] in validate(folder / "topology.yaml")


def test_the_topology_file_that_it_shows_is_a_good_one(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "topology.yaml").write_text(shown)
    assert "no findings" in validate(tmp_path / "topology.yaml")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_is_there(page: Path) -> None:
    assert [call for call in CALL.findall(page.read_text()) if not known(call)] == []


def test_a_command_or_an_option_that_is_not_there_would_be_seen() -> None:
    text = '`wireplan up` and `wireplan cluster halt`\nwireplan up --stak local   # so\n"$(.venv/bin/wireplan tols env)"'
    assert [known(call) for call in CALL.findall(text)] == [True, False, False, False]


@pytest.mark.parametrize("page", FROM_ROOT, ids=lambda page: page.name)
def test_a_block_of_a_page_can_be_run_from_the_root_as_it_stands(page: Path) -> None:
    """Every command in it that reads a topology names one that is there, or a file that the page shows."""
    calls = BLOCK_CALL.findall(
        "\n".join(re.findall(r"(?ms)^```(?:sh|console)\n(.*?)^```$", page.read_text()))
    )
    assert [call for call in calls if not reads_what_is_there(call, page.read_text())] == []


def test_a_command_that_is_for_another_folder_would_be_seen() -> None:
    page = "as in this `shop.yaml`:"
    calls = [
        "why gateway catalog",
        "why a b stacks/tub",
        "why a b stacks/tube",
        "prove shop.yaml",
        "explain KAF001",
    ]
    assert [reads_what_is_there(call, page) for call in calls] == [False, False, True, True, True]


def reads_what_is_there(call: str, page: str) -> bool:
    """Whether a call names a topology of this repository, or one that the page shows; or needs none."""
    name, *words = shlex.split(call, comments=True)
    command: Any = typer.main.get_command(build())
    if not any(one.name == "path" for one in command.commands[name].params):
        return True
    return any((ROOT / word / "topology.yaml").is_file() or f"`{word}`:" in page for word in words)


def known(call: str) -> bool:
    """Whether a call names a command, in a group where it is of one, and options that it has."""
    command: Any = typer.main.get_command(build())
    words = call.split()
    while (below := getattr(command, "commands", None)) and words:
        command = below.get(words.pop(0))
        if command is None:
            return False
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    return {word for word in words if re.fullmatch(r"--[a-z-]+", word)} <= options | {"--help"}
