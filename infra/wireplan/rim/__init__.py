"""The rim: everything that touches the world (processes, files, clusters, the clock)."""
