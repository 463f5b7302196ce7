"""Accounts, sessions, refresh tokens."""

from alembic import op

revision = "auth_0001"
down_revision = None
branch_labels = ("auth",)
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        create table accounts (
            id uuid primary key,
            email text not null unique,
            password_hash text not null,
            request_id text not null,
            created_at timestamptz not null default now()
        )
    """)
    op.execute("""
        create table sessions (
            id uuid primary key,
            account_id uuid not null references accounts (id),
            request_id text not null,
            created_at timestamptz not null default now(),
            revoked_at timestamptz,
            unique (account_id, request_id)
        )
    """)
    op.execute("""
        create table refresh_tokens (
            hash bytea primary key,
            session_id uuid not null references sessions (id),
            predecessor bytea,
            created_at timestamptz not null default now(),
            expires_at timestamptz not null,
            rotated_at timestamptz
        )
    """)
    op.execute("create index refresh_tokens_predecessor on refresh_tokens (predecessor)")
    op.execute("create index refresh_tokens_age on refresh_tokens (expires_at)")


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
