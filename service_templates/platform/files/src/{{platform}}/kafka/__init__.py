"""Kafka: a producer that waits for acknowledgements, and a consumer that stores an offset only after the effect."""
