"""The service auth of tube."""
