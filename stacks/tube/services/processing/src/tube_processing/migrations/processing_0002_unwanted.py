"""Films that nobody wants any more."""

from alembic import op

revision = "processing_0002"
down_revision = "processing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
        create table unwanted (
            video_id uuid primary key,
            given_up_at timestamptz not null default now()
        )
    """)


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
