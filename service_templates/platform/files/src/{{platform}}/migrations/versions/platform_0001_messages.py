"""Outbox, inbox, idempotency keys."""

from alembic import op

revision = "platform_0001"
down_revision = None
branch_labels = ("platform",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        create table outbox (
            id uuid primary key,
            seq bigint generated always as identity,
            topic text not null,
            key bytea not null,
            payload bytea not null,
            headers jsonb not null,
            created_at timestamptz not null default now(),
            sent_at timestamptz
        )
    """)
    op.execute("create index outbox_unsent on outbox (seq) where sent_at is null")
    op.execute("create index outbox_sent on outbox (sent_at) where sent_at is not null")
    op.execute("""
        create table inbox (
            consumer text not null,
            event_id uuid not null,
            processed_at timestamptz not null default now(),
            primary key (consumer, event_id)
        )
    """)
    op.execute("create index inbox_age on inbox (processed_at)")
    op.execute("""
        create table idempotency (
            principal text not null,
            route text not null,
            key text not null,
            request_hash bytea not null,
            status text not null,
            body bytea not null,
            created_at timestamptz not null default now(),
            primary key (principal, route, key)
        )
    """)
    op.execute("create index idempotency_age on idempotency (created_at)")


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
