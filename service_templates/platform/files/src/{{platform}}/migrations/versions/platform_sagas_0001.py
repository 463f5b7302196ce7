"""Sagas: a branch of its own, so that it and the other tables of the platform know nothing of each other."""

from alembic import op

revision = "platform_sagas_0001"
down_revision = None
branch_labels = ("platform_sagas",)
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
        create table sagas (
            id uuid primary key,
            name text not null,
            key text not null,
            state text not null default 'running'
                check (state in ('running', 'compensating', 'done', 'compensated')),
            step text,
            attempt integer not null default 0,
            waiting boolean not null default false,
            done text[] not null default '{}',
            stuck boolean not null default false,
            failure text not null default '',
            error text not null default '',
            data jsonb not null,
            principal text,
            trace jsonb not null,
            version bigint not null default 0,
            created_at timestamptz not null default now(),
            moved_at timestamptz not null default now(),
            due_at timestamptz not null default now(),
            ends_at timestamptz not null,
            finished_at timestamptz,
            unique (name, key)
        )
    """)
    op.execute("create index sagas_due on sagas (due_at) where finished_at is null")
    op.execute("create index sagas_finished on sagas (finished_at) where finished_at is not null")


def downgrade() -> None:
    """Never: an expand is not undone, the next release contracts."""
    raise NotImplementedError
