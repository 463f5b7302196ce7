"""The service media of tube."""
