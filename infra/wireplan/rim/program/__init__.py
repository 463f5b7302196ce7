"""Kubernetes objects to Pulumi resources: components, order, protection, waiting, outputs."""
