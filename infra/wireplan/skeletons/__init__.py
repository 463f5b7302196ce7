"""Topology and service templates to the files of the services."""
