"""Secrets and isolation."""
