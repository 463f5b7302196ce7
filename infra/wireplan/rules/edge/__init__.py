"""Where clients come in: what is spoken, and what may be replayed."""
