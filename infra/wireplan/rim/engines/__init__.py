"""Outside programs: which, in which version, how each is had, and where it is."""
