"""How pods start and end."""
