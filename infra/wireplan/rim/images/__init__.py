"""Container images without a Docker engine: base layers, service layers, and a read-only registry."""
