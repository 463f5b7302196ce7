"""Logins by an OpenID provider that is not ours (row A9)."""
