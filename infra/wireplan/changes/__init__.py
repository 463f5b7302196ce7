"""Topology against Topology: what an edit does to the system."""
