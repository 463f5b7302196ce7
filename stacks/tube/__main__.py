"""The stack's program: topology.yaml and the overlay that the stack is named after."""

from wireplan.rim.program import run

run(__file__)
