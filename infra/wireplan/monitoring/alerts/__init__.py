"""One module a kind of part; each function marked `@alert` makes the alerts of one kind."""
