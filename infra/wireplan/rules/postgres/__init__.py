"""Copies and connections of databases."""
