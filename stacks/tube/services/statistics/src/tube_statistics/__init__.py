"""The service statistics of tube."""
