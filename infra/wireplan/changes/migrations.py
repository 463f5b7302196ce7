"""The SQL in the revisions of Alembic, and what squawk says of it as findings: which code, on which line of the revision, what to do.

A revision is read, not run: its statements are the texts of `op.execute` in `upgrade()`. squawk decides what is wrong.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from wireplan.findings import Finding, Place
from wireplan.pages import Coded
from wireplan.rules.migrations import STOPS, TAKES, UNCHECKED

# The first that fits a rule of squawk. What it knows of style, and what `migrate` sets for all, is not asked (UNASKED).
FAMILIES = (
    (re.compile(r"ban-(?:concurrent-index-creation-in-transaction|uncommitted-transaction|duplicate-column)|transaction-nesting|syntax-error|unused-ignore|identifier-too-long"), UNCHECKED),
    (re.compile(r"renaming-|adding-required-field|ban-(?!(?:alter|create)-domain-with)"), TAKES),
)  # fmt: skip
UNASKED = (
    "require-timeout-settings",
    "require-lock-timeout",
    "require-statement-timeout",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-repack",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "ban-char-field",
)
"""`migrate` sets a lock timeout before the first statement; a migration runs in a transaction, so it need not be repeatable; the rest is taste."""

HARMLESS = frozenset({"get_context", "f"})
"""Of Alembic's `op` what changes nothing by itself."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A text in a revision: its place (line, column), and whether each line of it is a line of the file."""

    text: str
    line: int
    column: int
    plain: bool
    in_transaction: bool

    def at(self, line: int, column: int) -> tuple[int, int]:
        """Where a line and a column of the text, from 0, stand in the file, from 1."""
        if not self.plain:
            return self.line, self.column
        return self.line + line, column + 1 if line else self.column


@dataclass(frozen=True, slots=True)
class Unread:
    """A call in a revision that says no text: what is called, and where."""

    call: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Revision:
    """What a revision does, as far as it can be read."""

    statements: tuple[Statement, ...]
    unread: tuple[Unread, ...]

    def script(self, *, in_transaction: bool) -> tuple[str, tuple[tuple[Statement, int], ...]]:
        """The statements of one kind as a script, and for each of its lines the statement and the line in it.

        An empty query ends it: squawk takes a statement that is alone for one that makes its own transaction, which Alembic's does not.
        """
        lines: list[str] = []
        origin: list[tuple[Statement, int]] = []
        for each in self.statements:
            if each.in_transaction is in_transaction:
                text = [*each.text.split("\n"), ";"]
                lines += text
                origin += [(each, min(number, len(text) - 2)) for number in range(len(text))]
        return "\n".join([*lines, *(["select;"] if lines else [])]), tuple(origin)


def revision(text: str) -> Revision:
    """The statements in the `upgrade()` of a revision.

    Raises:
        SyntaxError: it is no Python.
    """
    tree = ast.parse(text)
    known = dict(constants(tree.body))
    body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"]
    found = [each for function in body for each in said(function.body, known, in_transaction=True)]
    return Revision(
        tuple(each for each in found if isinstance(each, Statement)),
        tuple(each for each in found if isinstance(each, Unread)),
    )


def constants(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.Constant]]:
    """Texts that have a name in the module."""
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            yield from ((each.id, node.value) for each in node.targets if isinstance(each, ast.Name))


def said(
    body: Iterable[ast.AST], known: Mapping[str, ast.Constant], *, in_transaction: bool
) -> Iterator[Statement | Unread]:
    """The statements and the calls of `op` in some code, in their order."""
    for node in body:
        if isinstance(node, ast.With) and any("autocommit_block" in ast.dump(item) for item in node.items):
            yield from said(node.body, known, in_transaction=False)
        elif isinstance(node, ast.Call) and (name := called(node)) and name not in HARMLESS:
            yield one(node, name, known, in_transaction=in_transaction)
        else:
            yield from said(ast.iter_child_nodes(node), known, in_transaction=in_transaction)


def called(node: ast.Call) -> str:
    """The name of what is called of `op`; empty for all other calls."""
    function = node.func
    of_op = (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "op"
    )
    return cast("ast.Attribute", function).attr if of_op else ""


def one(
    node: ast.Call, name: str, known: Mapping[str, ast.Constant], *, in_transaction: bool
) -> Statement | Unread:
    """What one call says."""
    given: ast.AST | None = node.args[0] if name == "execute" and node.args else None
    if isinstance(given, ast.Call) and len(given.args) == 1:  # text("...") of SQLAlchemy
        given = given.args[0]
    if isinstance(given, ast.Name):
        given = known.get(given.id)
    if not isinstance(given, ast.Constant) or not isinstance(given.value, str):
        return Unread(f"op.{name}", node.lineno, node.col_offset + 1)
    plain = (given.end_lineno or given.lineno) - given.lineno == given.value.count("\n")
    return Statement(given.value, given.lineno, given.col_offset + 1, plain, in_transaction)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What squawk says of a script, by its rule; line and column from 0."""

    rule: str
    text: str
    fix: str
    script: str
    line: int
    column: int


def complaints(output: str) -> list[Complaint]:
    """What stands in squawk's output of the format json.

    Raises:
        ValueError: it is something else.
    """
    told = cast("list[dict[str, Any]]", json.loads(output))
    return [
        Complaint(
            str(each.get("rule_name", "")),
            str(each.get("message") or "").strip().rstrip("."),
            str(each.get("help") or "").strip(),
            str(each.get("file", "")),
            int(each.get("line", 0)),
            int(each.get("column", 0)),
        )
        for each in told
    ]


def finding(each: Complaint, file: str, origin: tuple[tuple[Statement, int], ...]) -> Finding:
    """A complaint as a finding in the revision `file`."""
    code = next((code for pattern, code in FAMILIES if pattern.match(each.rule)), STOPS)
    statement, line = origin[min(each.line, len(origin) - 1)]
    at = Place(file, *statement.at(line, each.column))
    return found(code, at, f"{lowered(each.text)} ({each.rule})", each.rule, each.fix)


def broken(error: SyntaxError, file: str) -> Finding:
    """A revision that is no Python."""
    at = Place(file, error.lineno or 1, error.offset or 1)
    return found(UNCHECKED, at, f"this is no Python: {error.msg}")


def unread(each: Unread, file: str) -> Finding:
    """What says no text as a finding in the revision `file`."""
    return found(UNCHECKED, Place(file, each.line, each.column), f"{each.call} says no SQL that can be read")


def found(code: Coded, at: Place, what: str, rule: str = "RULE", advice: str = "") -> Finding:
    """A finding of one of our codes; squawk's own advice, where it has some, comes first, and is enough for what would not run."""
    own = code.page.fix.replace("RULE", rule)
    fix = f"{lowered(advice.rstrip('.'))}; {own}" if advice and code is not UNCHECKED else advice or own
    return Finding(code.code, code.severity, at, what, raised(code.page.why), fix, code.name)


def lowered(text: str) -> str:
    """A sentence as findings begin theirs."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def raised(text: str) -> str:
    """A part of a page as a reason begins."""
    return text[:1].upper() + text[1:]
