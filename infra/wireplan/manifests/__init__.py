"""Topology to plain Kubernetes objects."""
