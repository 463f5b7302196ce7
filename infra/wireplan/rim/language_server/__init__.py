"""The language server: what editors ask over stdin and stdout. `server` speaks the protocol, `desk` checks, `messages` translates."""
