"""Notifications and followers."""

from alembic import op

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        create table followers (
            account_id text not null,
            follower_id text not null,
            since timestamptz not null default now(),
            primary key (account_id, follower_id)
        )
    """)
    op.execute("""
        create table notifications (
            id uuid primary key default gen_random_uuid(),
            account_id text not null,
            kind text not null check (kind in ('ready', 'failed', 'published')),
            video_id uuid not null,
            title text not null,
            reason text not null default '',
            created_at timestamptz not null default now(),
            unique (account_id, video_id, kind)
        )
    """)
    op.execute("create index notifications_newest on notifications (account_id, created_at desc, id desc)")


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
