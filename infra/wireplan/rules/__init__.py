"""One file a fault: functions from Topology to findings."""
