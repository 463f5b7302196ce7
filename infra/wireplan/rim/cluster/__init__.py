"""The embedded Kubernetes of several nodes on one Linux machine, and the providers beside it."""
