"""Which tests show which row of the specification: `python tests/rows.py` prints the table of docs/rows.md, with a row's id the tests one by one.

The page holds the rows in words; who shows them is read off `@pytest.mark.row("F2.2")` in the tests, those of the reference system's services included.
Exit code 1: a row has a hole. A row of the running system (P, A, M, F) is shown on a cluster, but for those that end elsewhere (ENDS);
one of the tool's users (U) by any test.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rows.md"
LINE = re.compile(r"^\| (?P<id>[PAMFU][0-9.]+) \| (?P<says>[^|]+) \|.*$")
HOLE = "**hole**"
ENDS = {"P7": "tests/github"}
"""Rows that have no part on a cluster, and the tests that show them against what they end at: contracts end at a package registry, which
the tests of the workflow start."""


@dataclass(frozen=True)
class Test:
    """A test, and the rows that it shows."""

    __test__ = False  # pytest would take it for a class of tests

    file: Path
    name: str
    rows: frozenset[str]

    @property
    def on_cluster(self) -> bool:
        """Whether it runs against the embedded cluster."""
        return self.file.is_relative_to(ROOT / "tests" / "cluster")

    @property
    def where(self) -> str:
        """Its file, as a table names it: those of the services with the service."""
        parts = self.file.relative_to(ROOT).with_suffix("").parts
        return "/".join(
            parts[3:4] + parts[5:] if parts[0] == "stacks" else parts[2:] if self.on_cluster else parts[1:]
        )


def tests() -> list[Test]:
    """Every test that shows a row."""
    places = [ROOT / "tests", *sorted((ROOT / "stacks").glob("*/services/*/tests"))]
    files = [file for place in places for file in sorted(place.rglob("test_*.py"))]
    return [test for file in files for test in of_file(file)]


def of_file(file: Path) -> Iterator[Test]:
    """The tests of a file that show a row; what stands on the file or on a class holds for all in it."""
    tree = ast.parse(older(file.read_text()))
    named = dict(assigned(tree.body))
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        common = decorated(node, named) if isinstance(node, ast.ClassDef) else set[str]()
        for each in inner:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name.startswith("test"):
                rows = named.get("pytestmark", set()) | common | decorated(each, named)
                if rows:
                    yield Test(file, each.name, frozenset(rows))


def older(text: str) -> str:
    """The text without what Python 3.11, which runs these tests, cannot read: the services are written for a newer one."""
    return re.sub(
        r"(?m)^(\s*(?:async )?(?:def|class) \w+)\[[^\]\n]*\]",
        r"\1",
        re.sub(r"(?m)^(\s*)type (\w+).*? =", r"\1\2 =", text),
    )


def assigned(body: Sequence[ast.stmt]) -> Iterator[tuple[str, set[str]]]:
    """Rows in the marks that have a name of their own: `pytestmark`, and what decorates several tests."""
    for node in body:
        if isinstance(node, ast.Assign) and (rows := set(marked(node))):
            yield from ((each.id, rows) for each in node.targets if isinstance(each, ast.Name))


def decorated(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, named: Mapping[str, set[str]]
) -> set[str]:
    """Rows in the decorators of a test or a class, by themselves or by name."""
    names = {
        each.id
        for decorator in node.decorator_list
        for each in ast.walk(decorator)
        if isinstance(each, ast.Name)
    }
    own = {row for decorator in node.decorator_list for row in marked(decorator)}
    return own.union(*(named[name] for name in names & named.keys()))


def marked(node: ast.AST) -> Iterator[str]:
    """The rows in every `pytest.mark.row(...)` below a node."""
    for each in ast.walk(node):
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and ast.unparse(each.func).endswith("mark.row")
        ):
            yield from (
                word.value
                for word in each.args
                if isinstance(word, ast.Constant) and isinstance(word.value, str)
            )


def said() -> dict[str, str]:
    """The rows in the order of the page, and what each says."""
    found = (LINE.match(line) for line in PAGE.read_text().splitlines())
    return {match["id"]: match["says"].strip() for match in found if match}


def without_hole() -> list[str]:
    """The rows that the page calls shown."""
    found = (LINE.match(line) for line in PAGE.read_text().splitlines())
    return [match["id"] for match in found if match and HOLE not in match[0]]


def shown(found: Sequence[Test]) -> str:
    """The files, with how many tests of each."""
    counts = Counter(test.where for test in found)
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())


def cells(row: str, found: Sequence[Test]) -> tuple[str, str]:
    """What shows a row on the cluster and elsewhere."""
    cluster, rest = (shown([each for each in found if each.on_cluster is where]) for where in (True, False))
    return (HOLE if hole(row, found) else cluster or "-"), rest or "-"


def shows(row: str, test: Test) -> bool:
    """Whether a test runs where the row is to be shown."""
    if row in ENDS:
        return test.file.is_relative_to(ROOT / ENDS[row])
    return row.startswith("U") or test.on_cluster


def hole(row: str, found: Sequence[Test]) -> bool:
    """Whether nothing shows a row where it is to be shown."""
    return not any(shows(row, each) for each in found)


def by_row(found: Sequence[Test], rows: Mapping[str, str]) -> dict[str, list[Test]]:
    """The tests of each row."""
    return {row: [each for each in found if row in each.rows] for row in rows}


def page() -> str:
    """The page as it should be: its own words, and the columns that follow from the tests."""
    rows = said()
    table = by_row(tests(), rows)
    lines: list[str] = []
    for line in PAGE.read_text().splitlines():
        match = LINE.match(line)
        lines.append(
            f"| {' | '.join((match['id'], match['says'].strip(), *cells(match['id'], table[match['id']])))} |"
            if match
            else line
        )
    return "\n".join(lines) + "\n"


def main(wanted: Sequence[str]) -> int:
    """Print the table, or the tests of some rows."""
    rows = said()
    if strange := sorted(set(wanted) - set(rows)):
        sys.stderr.write(f"there is no row {', '.join(strange)}: docs/rows.md has them all\n")
        return 2
    table = by_row(tests(), rows)
    for row in wanted or rows:
        cluster, rest = cells(row, table[row])
        print(f"{row:5} {cluster.strip('*'):60} {rest}" if not wanted else f"{row} {rows[row]}")
        if wanted:
            print(
                "".join(f"  {each.file.relative_to(ROOT)}::{each.name}\n" for each in table[row])
                or f"  {HOLE.strip('*')}\n",
                end="",
            )
    holes = [row for row in wanted or rows if hole(row, table[row])]
    print(
        f"{len(holes)} of {len(wanted or rows)} rows have a hole: {', '.join(holes)}"
        if holes
        else "no row has a hole"
    )
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
