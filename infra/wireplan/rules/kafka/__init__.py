"""Copies, groups and dead letters of topics."""
