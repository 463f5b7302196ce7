"""The service gateway of tube."""
