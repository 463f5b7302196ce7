"""The service catalog of tube."""
