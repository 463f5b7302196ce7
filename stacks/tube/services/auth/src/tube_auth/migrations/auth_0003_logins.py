"""Logins by providers that are not ours (row A9)."""

from alembic import op

revision = "auth_0003"
down_revision = "auth_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables. An account of a provider has neither address nor password; both changes only touch the catalogue."""
    op.execute("""
        -- No older version finds such an account: it looks for people by their address.
        -- squawk-ignore ban-drop-not-null
        alter table accounts alter column email drop not null
    """)
    op.execute("""
        -- squawk-ignore ban-drop-not-null
        alter table accounts alter column password_hash drop not null
    """)
    op.execute("""
        create table identities (
            issuer text not null,
            subject text not null,
            account_id uuid not null references accounts (id),
            created_at timestamptz not null default now(),
            primary key (issuer, subject)
        )
    """)
    op.execute("create index identities_account on identities (account_id)")
    op.execute("""
        create table login_attempts (
            state_hash bytea primary key,
            provider text not null,
            browser_hash bytea not null,
            nonce text not null,
            verifier text not null,
            app_redirect_uri text,
            app_challenge text,
            app_state text,
            expires_at timestamptz not null
        )
    """)
    op.execute("create index login_attempts_age on login_attempts (expires_at)")
    op.execute("""
        create table login_codes (
            code_hash bytea primary key,
            provider text not null,
            account_id uuid not null references accounts (id),
            challenge text not null,
            request_id text,
            expires_at timestamptz not null
        )
    """)
    op.execute("create index login_codes_age on login_codes (expires_at)")


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
