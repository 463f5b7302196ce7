"""The rows of dashboards, one module a kind of part."""
