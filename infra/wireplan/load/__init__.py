"""A topology file to a Document with positions, and a Document to a System; every fault with its place."""
