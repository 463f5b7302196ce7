"""How pods start and end, and how many there are."""
