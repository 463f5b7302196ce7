"""The plumbing that every service of the system shares. It knows nothing of what the system is for."""
