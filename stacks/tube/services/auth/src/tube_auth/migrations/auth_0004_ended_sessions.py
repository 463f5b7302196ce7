"""Sessions are deleted with the last of their tokens: whether there is another is asked of each."""

from alembic import op

revision = "auth_0004"
down_revision = "auth_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index, beside the writes."""
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists refresh_tokens_session")
        op.execute("create index concurrently refresh_tokens_session on refresh_tokens (session_id)")


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
