"""Calls between services: balancing, connections, deadlines, retries, breakers, fallbacks, and the graph they make."""
