"""What became of each film."""

from alembic import op

revision = "processing_0001"
down_revision = None
branch_labels = ("processing",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        create table films (
            video_id uuid primary key,
            owner_id text not null,
            state text not null check (state in ('ready', 'failed')),
            playlist text,
            duration_ms bigint not null default 0,
            size_bytes bigint not null default 0,
            segments integer not null default 0,
            reason text,
            processed_at timestamptz not null default now()
        )
    """)


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
