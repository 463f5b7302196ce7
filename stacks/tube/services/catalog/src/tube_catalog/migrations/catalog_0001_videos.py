"""The catalog."""

from alembic import op

revision = "catalog_0001"
down_revision = None
branch_labels = ("catalog",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        create table videos (
            id uuid primary key,
            owner_id text not null,
            title text not null,
            state text not null check (state in ('ready', 'failed')),
            playlist text not null default '',
            duration_ms bigint not null default 0,
            failure_reason text not null default '',
            processed_at timestamptz not null
        )
    """)
    op.execute("create index videos_newest on videos (processed_at desc, id desc) where state = 'ready'")
    op.execute(
        "create index videos_owner on videos (owner_id, processed_at desc, id desc) where state = 'ready'"
    )


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
