"""Limits on requests (row F1.2): counted in a store for all pods together, and in each pod while the store is away."""
