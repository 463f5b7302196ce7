"""Systems that are not ours."""
