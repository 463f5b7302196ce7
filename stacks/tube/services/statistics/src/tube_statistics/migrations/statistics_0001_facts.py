"""Facts about videos."""

from alembic import op

revision = "statistics_0001"
down_revision = None
branch_labels = ("statistics",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        create table facts (
            video_id uuid primary key,
            owner_id text not null,
            ready boolean not null,
            duration_ms bigint not null default 0,
            size_bytes bigint not null default 0,
            segments integer not null default 0,
            processed_at timestamptz not null
        )
    """)
    op.execute("create index facts_owner on facts (owner_id)")


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
