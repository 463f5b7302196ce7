"""Uploads."""

from alembic import op

revision = "upload_0001"
down_revision = None
branch_labels = ("upload",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        create table videos (
            id uuid primary key,
            owner_id text not null,
            title text not null,
            content_type text not null,
            object_key text not null,
            state text not null default 'created' check (state in ('created', 'uploaded')),
            size_bytes bigint not null default 0,
            created_at timestamptz not null default now(),
            uploaded_at timestamptz
        )
    """)
    op.execute("create index videos_owner on videos (owner_id, created_at)")


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
