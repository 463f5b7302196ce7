"""How somebody wants to be told (row M3)."""

from alembic import op

revision = "notifications_0002"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
        create table contacts (
            account_id text primary key,
            email text not null,
            push text not null,
            sms text not null
        )
    """)


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
