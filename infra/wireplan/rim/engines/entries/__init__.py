"""The outside programs, a module a purpose; `table` puts them in the order in which they are had."""
