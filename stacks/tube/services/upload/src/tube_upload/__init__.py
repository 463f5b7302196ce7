"""The service upload of tube."""
