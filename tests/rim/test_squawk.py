"""Migrations through Wireplan: real revisions, a real squawk."""

import os
import sys
from pathlib import Path

import pytest
from wireplan.rim import squawk, validation
from wireplan.rim.trouble import Trouble

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube" / "topology.yaml"
TOPOLOGY = """\
system: shop
services: {orders: {kind: worker, database: orders}}
databases: {main: {databases: [orders]}}
"""
REVISION = '''\
"""Orders."""

from alembic import op

revision = "orders_0002"
down_revision = "orders_0001"


def upgrade() -> None:
    """Do it."""
    op.execute("""
        STATEMENT
    """)
'''
PLACE = Path("services/orders/src/shop_orders/migrations/orders_0002.py")
WAIVER = "waivers: [{allow: %s, until: 2999-01-01, reason: nobody writes yet}]\n"


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system with a service with migrations; the squawk of the tests' environment is on PATH."""
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    Path("topology.yaml").write_text(TOPOLOGY)
    PLACE.parent.mkdir(parents=True)
    (PLACE.parent / "__init__.py").write_text("")
    return tmp_path


def told(statement: str) -> list[str]:
    """What is found where a revision says this: place and code."""
    PLACE.write_text(REVISION.replace("STATEMENT", statement))
    run = squawk.added(validation.validate(Path("topology.yaml")), Path("topology.yaml"))
    return [
        f"{each.finding.at} {each.finding.code}"
        for each in run.seen()
        if each.finding.code.startswith(("MIG", "WAI"))
    ]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("create index orders_at on orders (at)", "MIG001"),
        ("alter table orders alter column at type timestamptz", "MIG001"),
        ("alter table orders add constraint n check (n > 0)", "MIG001"),
        ("alter table orders drop column at", "MIG002"),
        ("alter table orders rename to sold", "MIG002"),
        ("alter table orders add column n bigint not null", "MIG002"),
        ("alter table orders ad column n", "MIG003"),
        ("create index concurrently orders_at on orders (at)", "MIG003"),
    ],
)
def test_what_harms_the_version_that_serves_is_found_at_its_line(statement: str, code: str) -> None:
    found = told(statement)
    assert found
    assert {each.rpartition(":")[0] + each[-7:] for each in found} == {f"{PLACE}:12 {code}"}


@pytest.mark.parametrize(
    "statement",
    [
        "create table sold (id bigint primary key); create index sold_id on sold (id)",
        "alter table orders add column n bigint",
        "alter table orders add constraint n check (n > 0) not valid",
        "-- squawk-ignore ban-drop-column\n        alter table orders drop column at",
    ],
)
def test_what_expands_and_what_is_said_to_be_right_is_no_finding(statement: str) -> None:
    assert told(statement) == []


def test_an_index_built_beside_the_writes_is_no_finding() -> None:
    block = 'with op.get_context().autocommit_block():\n        op.execute("create index concurrently i on orders (at)")'
    PLACE.write_text(REVISION.partition("    op.execute")[0] + f"    {block}\n")
    run = squawk.added(validation.validate(Path("topology.yaml")), Path("topology.yaml"))
    assert not [each for each in run.seen() if each.finding.code.startswith("MIG")]


def test_a_waiver_allows_a_code_and_is_told_where_it_allows_nothing() -> None:
    Path("topology.yaml").write_text(TOPOLOGY + WAIVER % "MIG001")
    assert told("create index orders_at on orders (at)") == []
    assert told("alter table orders drop column at") == [
        f"{PLACE}:12:28 MIG002",
        "topology.yaml:4:11 WAI001",
    ]


def test_a_system_without_migrations_was_not_checked() -> None:
    with pytest.raises(Trouble, match="has no migrations, so none was checked"):
        squawk.added(validation.validate(Path("topology.yaml")), Path("topology.yaml"))


def test_the_reference_system_and_the_platform_stop_no_writes() -> None:
    run = squawk.added(validation.validate(TUBE), TUBE)
    assert [each.finding.at for each in run.seen() if each.finding.code.startswith("MIG")] == []
    read = [file.name for file in squawk.revisions(TUBE.parent)]
    assert "platform_0001_messages.py" in read
    assert len(read) >= 9


@pytest.mark.parametrize("spelling", ['revision: str = "orders_0002"', 'revision="orders_0002"'])
def test_revisions_as_alembic_itself_begins_them_are_looked_at(
    spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = REVISION.replace('revision = "orders_0002"', spelling)
    monkeypatch.setitem(globals(), "REVISION", written)
    assert told("alter table orders drop column at") == [f"{PLACE}:12:28 MIG002"]


def test_a_statement_that_squawk_cannot_parse_is_told_once_and_hides_none_beside_it() -> None:
    beside = 'select 1\n    """)\n    op.execute("drop table orders")\n    op.execute("""\n        alter tabel orders'
    assert told(beside) == [f"{PLACE}:14:16 MIG002", f"{PLACE}:16:9 MIG003"]


def test_what_is_taste_is_no_finding() -> None:
    assert told("alter type mood add value 'better'") == []


@pytest.mark.parametrize("text", ["\0", "x = " + "+".join("1" * 20000)])
def test_what_the_parser_of_python_gives_up_at_is_a_finding(text: str) -> None:
    PLACE.write_text(f"{REVISION}\n{text}\n")
    run = squawk.added(validation.validate(Path("topology.yaml")), Path("topology.yaml"))
    (found,) = [each.finding for each in run.seen() if each.finding.code.startswith("MIG")]
    assert found.what.startswith("this is no Python: ")


def test_a_mark_of_bytes_at_the_beginning_is_no_fault() -> None:
    PLACE.write_text("\ufeff" + REVISION.replace("STATEMENT", "select 1"))
    run = squawk.added(validation.validate(Path("topology.yaml")), Path("topology.yaml"))
    assert not [each for each in run.seen() if each.finding.code.startswith("MIG")]


def test_a_revision_that_is_no_python_is_a_finding_at_its_place() -> None:
    PLACE.write_text(REVISION.replace("def upgrade() -> None:", "def upgrade( -> None:"))
    run = squawk.added(validation.validate(Path("topology.yaml")), Path("topology.yaml"))
    (found,) = [each.finding for each in run.seen() if each.finding.code == "MIG003"]
    assert (str(found.at.file), found.at.line) == (str(PLACE), 9)
    assert found.what.startswith("this is no Python: ")
