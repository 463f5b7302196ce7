"""The house rules that no linter knows: sizes, pages, cases, tests a command, rows of the specification, what is packed."""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from wireplan.pages import Page
from wireplan.rules.cases import parse
from wireplan.rules.check import Rule, every

from tests import rows

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "infra" / "wireplan"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "modules" not in path.parts)
COMMANDS = sorted(path for path in (PACKAGE / "commands").glob("*.py") if "def register(" in path.read_text())

LINES_OF_A_MODULE = 300
LINES_OF_A_FUNCTION = 50
MEDIAN_FUNCTION = 10
HEAVY = {"pydantic", "jinja2", "networkx", "pulumi", "kubernetes", "yaml", "grpc_tools", "cryptography"}
NAMELESS = {"utils", "util", "helpers", "helper", "manager", "misc", "stuff"}


rows_shown = cache(rows.tests)


@cache
def functions(path: Path) -> tuple[tuple[str, int], ...]:
    """Name and lines of each function in a file."""
    return tuple(
        (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    )


def tracked(*folders: str) -> list[str]:
    """Files that git knows, as paths from the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_a_module_fits_in_one_reading() -> None:
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in MODULES
        if (lines := len(path.read_text().splitlines())) > LINES_OF_A_MODULE
    }
    assert long == {}


def test_a_function_fits_on_a_screen() -> None:
    assert [name for path in MODULES for name, lines in functions(path) if lines > LINES_OF_A_FUNCTION] == []


def test_most_functions_are_short() -> None:
    assert statistics.median(lines for path in MODULES for _, lines in functions(path)) <= MEDIAN_FUNCTION


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "the first line of a module says what it is for"


def test_modules_have_names_that_say_something() -> None:
    assert [str(path) for path in MODULES if path.stem in NAMELESS] == []


@pytest.mark.parametrize("rule", every(), ids=lambda rule: rule.code)
def test_a_rule_has_its_page(rule: Rule) -> None:
    assert isinstance(rule.page, Page), "What, Why, Fix and Source are all there"
    assert rule.faults.__name__ == rule.module.rpartition(".")[2], "the function is named as its file"


@pytest.mark.parametrize("rule", every(), ids=lambda rule: rule.code)
def test_a_rule_has_a_bad_and_a_good_case(rule: Rule) -> None:
    cases = parse(cases_of(rule).read_text())
    assert any(code == rule.code for case in cases for _, code in case.marks), "a case that it finds"
    assert any(case.good for case in cases), "a case that it leaves alone"


def cases_of(rule: Rule) -> Path:
    """The Markdown beside a rule."""
    return Path(sys.modules[rule.module].__file__ or "").with_suffix(".md")


@pytest.mark.parametrize("rule", every(), ids=lambda rule: rule.code)
def test_a_rule_has_its_mutations(rule: Rule) -> None:
    assert mutations_of(rule).is_file(), (
        "a file that breaks what it is for in any sound system (docs/rules.md)"
    )


def test_every_file_of_mutations_has_its_rule() -> None:
    files = set((ROOT / "tests" / "rules" / "mutations").rglob("*.py"))
    assert files == {mutations_of(rule) for rule in every()}


def mutations_of(rule: Rule) -> Path:
    """The file with the mutations of a rule: named as its own."""
    return ROOT / "tests" / "rules" / "mutations" / rule.area / f"{rule.module.rpartition('.')[2]}.py"


def test_every_module_in_an_area_is_a_rule() -> None:
    declared = {rule.module for rule in every()}
    areas = [path for path in (PACKAGE / "rules").iterdir() if (path / "__init__.py").is_file()]
    modules = {f"wireplan.rules.{area.name}.{path.stem}" for area in areas for path in area.glob("*.py")}
    assert {name for name in modules if not name.endswith(".__init__")} == declared


def test_the_areas_of_rules_are_in_their_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    listed = next(each["modules"] for each in contracts if "areas of rules" in each["name"])
    areas = sorted(path.name for path in (PACKAGE / "rules").iterdir() if (path / "__init__.py").is_file())
    assert listed == [f"wireplan.rules.{area}" for area in areas]


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_a_command_has_a_test_file(path: Path) -> None:
    assert (ROOT / "tests" / "commands" / f"test_{path.stem}.py").is_file()


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_a_command_imports_only_typer_at_its_top(path: Path) -> None:
    top = ast.parse(path.read_text()).body
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in top if isinstance(node, ast.ImportFrom)}
    foreign = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign <= {"typer", "wireplan.commands", "wireplan.commands.options", "wireplan.commands.outcome"}


@pytest.mark.parametrize("words", [["--help"], ["validate", "--help"], ["--version"]], ids=" ".join)
def test_help_imports_no_heavy_package(words: list[str]) -> None:
    program = "import sys; from wireplan.commands.app import build\ntry: build()(sys.argv[1:])\nexcept SystemExit: pass\n"
    program += "print(*sorted(name for name in sys.modules if '.' not in name), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    assert set(done.stderr.split()) & HEAVY == set()


def test_the_doorway_of_a_clone_and_the_entry_point_are_one_app() -> None:
    words = ["--version"]
    doorway = subprocess.run(
        [sys.executable, "cli.py", *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    entry = subprocess.run(
        [sys.executable, "-m", "wireplan", *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert doorway.stdout == entry.stdout != ""


@pytest.mark.parametrize("row", rows.without_hole())
def test_a_row_that_the_page_calls_shown_is_shown_by_a_test(row: str) -> None:
    shown = [test for test in rows_shown() if row in test.rows]
    assert not rows.hole(row, shown), f'no test says @pytest.mark.row("{row}") where it is to be shown'


def test_text_names_no_machine_and_leaves_no_note_behind() -> None:
    wrong = re.compile(r"/work/|/root/(?!\.)|/home/(?!user\b)[a-z]+/|\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
    binary = {".png", ".mp4", ".ts", ".ico", ".jar", ".lock", ".sum", ".gz"}
    files = [name for name in tracked() if Path(name).suffix not in binary and name != "tests/test_house.py"]
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name in files
        for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), start=1)
        if wrong.search(line)
    ]
    assert found == []


@pytest.mark.row("U7")
def test_it_is_made_of_the_packages_that_were_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [
        *project["dependency-groups"].values(),
        *project["project"].get("optional-dependencies", {}).values(),
    ]
    wanted = [
        word
        for group in [project["project"]["dependencies"], *groups]
        for word in group
        if isinstance(word, str)
    ]
    names = {re.split(r"[^A-Za-z0-9-]", word)[0] for word in wanted}
    asked = {
        "pulumi",
        "pulumi-kubernetes",
        "pydantic",
        "jinja2",
        "grpcio-tools",
        "typer",
        "kubernetes",
        "pytest",
    }
    assert asked - names == set()


@pytest.mark.row("U8")
def test_every_folder_of_the_top_level_is_in_the_architecture() -> None:
    top = re.search(
        r"^Top level: (.*?)\n\n", (ROOT / "docs/architecture.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert top
    folders = {name.partition("/")[0] for name in tracked() if "/" in name and not name.startswith(".")}
    assert {name for name in folders if f"{name}/" not in top[1]} == set()
    asked = {"infra", "service_templates", "protos", "stacks", "tests"}
    assert asked <= folders
    assert {"cli.py", "pyproject.toml"} <= set(tracked("cli.py", "pyproject.toml"))


def test_nothing_that_git_should_leave_alone_is_in_it() -> None:
    """Another person's salt in a stack's settings makes their passphrase the only one that fits."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert listed.stdout == ""


def links(path: Path) -> Iterator[str]:
    """Relative places that a page of Markdown sends its reader to; what stands in code blocks is left out."""
    prose = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose):
        if "://" not in target:
            yield target


def test_links_between_pages_lead_somewhere() -> None:
    pages = [
        ROOT / name for name in tracked() if name.endswith(".md") and not name.startswith("tests/goldens/")
    ]
    targets = [(page, target) for page in pages for target in links(page)]
    assert targets, "the README links to its docs"
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page, target in targets
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_one_word_a_thing() -> None:
    """A synonym would send a reader looking for a second thing."""
    banned = re.compile(r"\b(?:DLQ|white" r"list|black" r"list|slave)\b", re.IGNORECASE)
    names = [
        name
        for name in tracked("infra", "docs", "service_templates")
        if name.endswith((".py", ".md", ".jinja"))
    ]
    assert [name for name in names if banned.search((ROOT / name).read_text())] == []


def test_the_wheel_holds_what_git_holds(tmp_path: Path) -> None:
    """Hatch leaves out what .gitignore names, so a template folder could vanish from the wheel without a word."""
    source, built = tmp_path / "source", tmp_path / "built"
    subprocess.run(["git", "checkout-index", "--all", "--force", f"--prefix={source}/"], cwd=ROOT, check=True)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    packed = {
        name for name in zipfile.ZipFile(next(built.glob("*.whl"))).namelist() if ".dist-info/" not in name
    }
    listing = subprocess.run(
        ["git", "ls-files", "-z", "infra/wireplan", "service_templates", "protos"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    expected = {
        name.removeprefix("infra/") if name.startswith("infra/") else f"wireplan/{name}"
        for name in listing.stdout.split("\0")
        if name
    }
    assert packed == expected
