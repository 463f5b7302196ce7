"""Drills, which show that what is promised is kept."""
