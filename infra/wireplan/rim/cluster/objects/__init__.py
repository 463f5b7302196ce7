"""The objects of the cluster's own parts, as plain data: one module a part, each with `objects()`."""
