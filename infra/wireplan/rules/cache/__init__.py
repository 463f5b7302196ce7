"""What may vanish at any time."""
