"""Quotas of accounts, and what has been set aside of them."""

from alembic import op

revision = "auth_0002"
down_revision = "auth_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        create table quotas (
            account_id text primary key,
            used_bytes bigint not null check (used_bytes >= 0)
        )
    """)
    op.execute("""
        create table quota_reservations (
            account_id text not null,
            request_id text not null,
            video_id text not null,
            size_bytes bigint not null check (size_bytes > 0),
            created_at timestamptz not null default now(),
            primary key (account_id, request_id)
        )
    """)


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
