"""The SQL in the revisions of Alembic, and what squawk says of it as findings: which code, on which line of the revision, what to do.

A revision is read, not run: its statements are the texts of `op.execute` in `upgrade()`. squawk decides what is wrong.
"""

import ast
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
    "require-enum-value-ordering",
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

UNPARSED = "syntax-error"
"""What squawk says of a text that it cannot parse. It says nothing of all that stands in one script with it then."""

HARMLESS = frozenset({"get_context", "f"})
"""Of Alembic's `op` what changes nothing by itself."""

OP = frozenset({"op", "alembic.op"})
"""What it is called where nothing else is said."""

NAMED = re.compile(r"^revision\s*[:=]", re.MULTILINE)
"""How a module says that it is a revision."""

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python's parser raises: bytes that are 0 are a ValueError to some of its versions, and what is nested too deeply is one of the others."""


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

    def script(
        self, *, in_transaction: bool, without: Collection[Statement] = ()
    ) -> tuple[str, tuple[tuple[Statement, int], ...]]:
        """The statements of one kind as a script, and for each of its lines the statement and the line in it.

        An empty query ends it: squawk takes a statement that is alone for one that makes its own transaction, which Alembic's does not.
        """
        lines: list[str] = []
        origin: list[tuple[Statement, int]] = []
        for each in self.statements:
            if each.in_transaction is in_transaction and each not in without:
                text = [*each.text.split("\n"), ";"]
                lines += text
                origin += [(each, min(number, len(text) - 2)) for number in range(len(text))]
        return "\n".join([*lines, *(["select;"] if lines else [])]), tuple(origin)


@dataclass(frozen=True, slots=True)
class Names:
    """What the names in a module mean: texts, functions, Alembic's `op`, and what of it has a name of its own."""

    texts: Mapping[str, ast.Constant]
    functions: Mapping[str, ast.FunctionDef]
    op: frozenset[str]
    of_op: Mapping[str, str]

    def called(self, node: ast.AST) -> str:
        """What of `op` a name or a path of names stands for; empty for all others."""
        said = dotted(node)
        owner, _, name = said.rpartition(".")
        return name if owner in self.op else self.of_op.get(said, "")

    def without(self, function: str) -> "Names":
        """The same inside of a function, which may call itself."""
        return replace(self, functions={k: v for k, v in self.functions.items() if k != function})


def revision(text: str) -> Revision:
    """The statements in the `upgrade()` of a revision, and in what it calls of the same module.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is no Python (UNREADABLE).
    """
    names = named(ast.parse(text).body)
    upgrade = names.functions.get("upgrade")
    if upgrade is None:
        return Revision((), (Unread("a revision without `def upgrade()`", 1, 1),))
    found = list(said(upgrade.body, names.without("upgrade"), in_transaction=True))
    return Revision(
        tuple(each for each in found if isinstance(each, Statement)),
        tuple(each for each in found if isinstance(each, Unread)),
    )


def named(body: Iterable[ast.stmt]) -> Names:
    """The names of a module."""
    texts: dict[str, ast.Constant] = {}
    functions: dict[str, ast.FunctionDef] = {}
    op, of_op = set(OP), dict[str, str]()
    for node in body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            texts.update({each.id: node.value for each in targets if isinstance(each, ast.Name)})
        elif isinstance(node, ast.FunctionDef):
            functions[node.name] = node
        elif isinstance(node, ast.Import):
            op.update(each.asname for each in node.names if each.name == "alembic.op" and each.asname)
        elif isinstance(node, ast.ImportFrom) and node.module == "alembic":
            op.update(each.asname or each.name for each in node.names if each.name == "op")
        elif isinstance(node, ast.ImportFrom) and node.module == "alembic.op":
            of_op.update({each.asname or each.name: each.name for each in node.names})
    return Names(texts, functions, frozenset(op), of_op)


def dotted(node: ast.AST) -> str:
    """A name, or a path of names; empty for what is neither."""
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return node.id if isinstance(node, ast.Name) else ""


def said(body: Iterable[ast.AST], names: Names, *, in_transaction: bool) -> Iterator[Statement | Unread]:
    """The statements and the calls of `op` in some code, in their order."""
    for node in body:
        if isinstance(node, ast.With) and any("autocommit_block" in ast.dump(item) for item in node.items):
            yield from said(node.body, names, in_transaction=False)
        elif isinstance(node, ast.Call):
            yield from of_call(node, names, in_transaction=in_transaction)
        elif names.called(node) or dotted(node) in names.op:  # at hand for whoever calls it
            yield Unread(dotted(node), *at(node))
        else:
            yield from said(ast.iter_child_nodes(node), names, in_transaction=in_transaction)


def of_call(node: ast.Call, names: Names, *, in_transaction: bool) -> Iterator[Statement | Unread]:
    """What a call says: one of `op`, one of a function of the module, or any other with what it is given."""
    name, own = names.called(node.func), names.functions.get(dotted(node.func))
    if name and name not in HARMLESS:
        yield one(node, name, names.texts, in_transaction=in_transaction)
        return
    if own:
        yield from said(own.body, names.without(own.name), in_transaction=in_transaction)
    given = [*node.args, *node.keywords] if name or own else ast.iter_child_nodes(node)
    yield from said(given, names, in_transaction=in_transaction)


def one(
    node: ast.Call, name: str, texts: Mapping[str, ast.Constant], *, in_transaction: bool
) -> Statement | Unread:
    """What one call says."""
    given: ast.AST | None = node.args[0] if name == "execute" and node.args else None
    if isinstance(given, ast.Call) and len(given.args) == 1:  # text("...") of SQLAlchemy
        given = given.args[0]
    if isinstance(given, ast.Name):
        given = texts.get(given.id)
    if not isinstance(given, ast.Constant) or not isinstance(given.value, str):
        return Unread(f"op.{name}", *at(node))
    plain = (given.end_lineno or given.lineno) - given.lineno == given.value.count("\n")
    return Statement(given.value, *at(given), plain, in_transaction)


def at(node: ast.AST) -> tuple[int, int]:
    """Line and column, from 1."""
    return getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1


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


def of(each: Complaint, origin: Sequence[tuple[Statement, int]]) -> tuple[Statement, int]:
    """The statement that a complaint is about, and the line in it."""
    return origin[min(each.line, len(origin) - 1)]


def finding(each: Complaint, file: str, origin: tuple[tuple[Statement, int], ...]) -> Finding:
    """A complaint as a finding in the revision `file`."""
    code = next((code for pattern, code in FAMILIES if pattern.match(each.rule)), STOPS)
    statement, line = of(each, origin)
    place = Place(file, *statement.at(line, each.column))
    return found(code, place, f"{lowered(each.text)} ({each.rule})", each.rule, each.fix)


def broken(error: Exception, file: str) -> Finding:
    """A revision that is no Python."""
    place = Place(file, getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1)
    return found(UNCHECKED, place, f"this is no Python: {getattr(error, 'msg', error)}")


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
