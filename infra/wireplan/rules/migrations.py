"""The codes of what squawk finds in the migrations of a system's services, when it is asked. They stand here, since waivers may allow them; who makes the findings is `changes/`."""

from wireplan.findings import Severity
from wireplan.pages import Coded

STOPS = Coded(
    "MIG001",
    "migration-that-stops-writes",
    """A migration that takes a lock which stops writes for as long as a table is long.

    What: squawk finds a statement that scans or rewrites a table, or builds an index on it, under a lock that writers wait for.
    Why: the old version serves while the migration runs. Its writes wait for the lock, its connections for its writes, and with a large table every request that writes runs
    into its deadline; who waits in front of the lock is waited for, too.
    Fix: do it in steps that hold no lock for long: `create index concurrently` in `with op.get_context().autocommit_block():`, `add constraint ... not valid` and `validate
    constraint` in a later revision, a new column beside the old one and rows filled a few at a time; on a table that is known to be small write `-- squawk-ignore RULE`.
    Source: postgresql.org/docs/current/explicit-locking.html; squawkhq.com/docs/rules; the services' migrations (docs/migrations.md).
    """,
)
TAKES = Coded(
    "MIG002",
    "migration-before-its-time",
    """A migration that takes away, renames or narrows what the version that still serves uses.

    What: squawk finds a statement that drops or renames a table, a column or a guarantee, or that asks of each new row what the old version does not write.
    Why: migrations run before the new version starts, and while it rolls out both serve. The old version's statements fail from the migration on, until its last pod is gone;
    and a release that is rolled back finds the old columns no more.
    Fix: expand first: add what the new version needs, let it write both, fill what is old; contract in a later release, when no version that runs uses what goes, and say so
    there: `-- squawk-ignore RULE`.
    Source: Ambler and Sadalage, Refactoring Databases (expand and contract); squawkhq.com/docs/rules; docs/migrations.md.
    """,
)
UNCHECKED = Coded(
    "MIG003",
    "migration-that-nobody-checked",
    """A migration whose statements cannot be checked, or would not run.

    What: a revision says a statement in another way than as a text in `op.execute("...")`, or as one that squawk does not understand or that Postgres refuses there.
    Why: what is not read is not checked: it may hold any lock, and is found out by the database that serves.
    Fix: write the statement as one text into `op.execute`; what has to be computed belongs into a job of its own, a few rows at a time.
    Source: the services' migrations (docs/migrations.md).
    """,
    Severity.WARNING,
)
ALL = (STOPS, TAKES, UNCHECKED)
KNOWN = {word: each.code for each in ALL for word in (each.code, each.name)}
"""As `check.known`: the code of each, by its code and by its name."""
WHERE = ("databases",)
"""What all of them are about, in the words of a waiver; the exception of one statement is squawk's own comment."""
