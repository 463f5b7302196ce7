"""The service notifications of tube."""
