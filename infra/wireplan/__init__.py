"""Wireplan: one topology of a microservice system, and everything that follows from it."""

__version__ = "0.1.0"
