"""The SQL of revisions, read and not run, and the place in the file of what squawk says of it."""

import json
from pathlib import Path

import pytest
from wireplan.changes import migrations
from wireplan.changes.migrations import Revision, revision
from wireplan.rules.migrations import ALL

HEAD = "from alembic import op\n\n\n"


def upgrade(*lines: str, before: str = "") -> Revision:
    """A revision whose upgrade() has these lines, from line 5 on."""
    return revision(HEAD + before + "def upgrade() -> None:\n" + "".join(f"    {line}\n" for line in lines))


def texts(found: Revision) -> list[str]:
    """Its statements."""
    return [each.text for each in found.statements]


@pytest.mark.parametrize(
    "call",
    [
        'op.execute("select 1")',
        'op.execute(sa.text("select 1"))',
        'op.execute("select " "1")',
        "op.execute(NAMED)",
        "op.execute(TYPED)",
    ],
)
def test_a_statement_is_read_where_it_is_one_text(call: str) -> None:
    found = upgrade(call, before='NAMED = "select 1"\nTYPED: str = "select 1"\n')
    assert (texts(found), found.unread) == (["select 1"], ())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('op.execute(f"select {n}")', "op.execute"),
        ("op.execute(UNKNOWN)", "op.execute"),
        ("op.execute()", "op.execute"),
        ('op.add_column("a", column)', "op.add_column"),
        ("op.get_bind().execute(query)", "op.get_bind"),
    ],
)
def test_what_says_no_text_is_told_and_not_passed_over(call: str, said: str) -> None:
    found = upgrade("pass", f"for each in these: {call}")
    assert [(each.call, each.line) for each in found.unread] == [(said, 6)]
    assert texts(found) == []


def test_only_what_is_upgraded_counts() -> None:
    found = revision('def upgrade():\n    pass\n\n\ndef downgrade():\n    op.execute("drop table a")\n')
    assert found == Revision((), ())


def test_what_upgrade_calls_of_its_own_module_is_read_where_it_stands() -> None:
    helpers = 'def drop():\n    op.execute("drop table a")\n    drop()\n\n\n'
    found = upgrade("with op.get_context().autocommit_block():", "    drop()", before=helpers)
    assert [(each.text, each.line, each.in_transaction) for each in found.statements] == [
        ("drop table a", 5, False)
    ]


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("from alembic import op as o", "o.execute"),
        ("import alembic.op as o", "o.execute"),
        ("import alembic.op", "alembic.op.execute"),
        ("from alembic.op import execute", "execute"),
        ("from alembic.op import execute as run", "run"),
    ],
)
def test_alembic_is_known_by_every_name(imports: str, call: str) -> None:
    found = revision(f'{imports}\n\n\ndef upgrade():\n    {call}("drop table a")\n')
    assert texts(found) == ["drop table a"]


@pytest.mark.parametrize("line", ["run = op.execute", "elsewhere(op)", "elsewhere(run=op.execute)", "o = op"])
def test_what_hands_alembic_on_is_told(line: str) -> None:
    assert [(each.call.partition(".")[0], each.line) for each in upgrade(line).unread] == [("op", 5)]


def test_a_revision_that_upgrades_nothing_of_its_own_is_told() -> None:
    (found,) = revision("from elsewhere import upgrade\n").unread
    assert "without `def upgrade()`" in migrations.unread(found, "r.py").what


@pytest.mark.parametrize("line", ['revision = "a"', 'revision: str = "a"', 'revision="a"'])
def test_a_revision_is_known_by_its_name_in_every_spelling(line: str) -> None:
    assert migrations.NAMED.search(f'"""One."""\n\n{line}\n')
    assert not migrations.NAMED.search(f"def f():\n    {line}\nrevisions = ()\n")


def test_statements_outside_of_the_transaction_are_a_script_of_their_own() -> None:
    found = upgrade(
        'op.execute("select 1")',
        "with op.get_context().autocommit_block():",
        '    op.execute("create index concurrently i on t (a)")',
    )
    assert found.script(in_transaction=True)[0] == "select 1\n;\nselect;"
    assert found.script(in_transaction=False)[0] == "create index concurrently i on t (a)\n;\nselect;"


def complaint(line: int, column: int, rule: str) -> migrations.Complaint:
    """What squawk says, by its own output."""
    told = {
        "file": "0.sql",
        "line": line,
        "column": column,
        "message": "Such is it.",
        "help": None,
        "rule_name": rule,
    }
    (found,) = migrations.complaints(json.dumps([told]))
    return found


@pytest.mark.parametrize(
    ("line", "column", "at"),
    [
        pytest.param(0, 7, "r.py:5:16", id="first line: the text itself"),
        pytest.param(2, 8, "r.py:7:9", id="a line of the text is a line of the file"),
        pytest.param(3, 0, "r.py:7:1", id="the semicolon that ends it"),
        pytest.param(4, 3, "r.py:8:16", id="the next statement"),
        pytest.param(99, 0, "r.py:8:16", id="beyond the end"),
    ],
)
def test_a_complaint_stands_at_its_line_of_the_revision(line: int, column: int, at: str) -> None:
    found = upgrade(
        'op.execute("""\n        create table a (n int);\n        drop table b""")', 'op.execute("select 2")'
    )
    _, origin = found.script(in_transaction=True)
    assert str(migrations.finding(complaint(line, column, "ban-drop-table"), "r.py", origin).at) == at


def test_a_text_in_pieces_is_told_where_it_begins() -> None:
    _, origin = upgrade('op.execute(\n    "drop "\n    "table a"\n)').script(in_transaction=True)
    assert str(migrations.finding(complaint(0, 3, "ban-drop-table"), "r.py", origin).at) == "r.py:6:5"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("require-concurrent-index-creation", "MIG001"),
        ("changing-column-type", "MIG001"),
        ("constraint-missing-not-valid", "MIG001"),
        ("ban-alter-domain-with-add-constraint", "MIG001"),
        ("a-rule-of-a-later-squawk", "MIG001"),
        ("ban-drop-column", "MIG002"),
        ("renaming-table", "MIG002"),
        ("adding-required-field", "MIG002"),
        ("syntax-error", "MIG003"),
        ("ban-concurrent-index-creation-in-transaction", "MIG003"),
    ],
)
def test_what_a_rule_of_squawk_counts_as(rule: str, code: str) -> None:
    _, origin = upgrade('op.execute("select 1")').script(in_transaction=True)
    found = migrations.finding(complaint(0, 0, rule), "r.py", origin)
    assert (found.code, found.what) == (code, f"such is it ({rule})")


def test_the_table_of_codes_is_what_their_pages_say() -> None:
    rows = [f"| {each.code} | {each.severity.value} | {each.name} | {each.page.title} |" for each in ALL]
    page = Path(__file__).resolve().parents[2] / "docs" / "migrations.md"
    assert "\n".join(rows) in page.read_text()
