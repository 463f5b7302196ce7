"""The cluster's own agent, one process on the host: what a cloud would do (volumes, load balancers), and the way in from 127.0.0.1."""
