"""The tables of the platform itself: outbox, inbox, idempotency keys."""
