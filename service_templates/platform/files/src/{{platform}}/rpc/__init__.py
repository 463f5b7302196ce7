"""gRPC between the services: server, client, and what travels with a call."""
