"""The service processing of tube."""
