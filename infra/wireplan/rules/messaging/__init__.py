"""What happens between a database and a topic."""
