"""For tests of handlers and of the platform: brokers, buckets and servers that need no cluster."""
