"""Everything explicit: each name, port, deadline and size derived once, with its origin."""
