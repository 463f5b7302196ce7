"""Calls between services: balancing and deadlines."""
