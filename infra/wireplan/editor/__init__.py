"""What an editor asks about a topology: names and where they are used, help, completion, renames, fixes. Pure; the protocol is the rim's."""
