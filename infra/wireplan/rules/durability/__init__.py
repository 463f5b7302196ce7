"""What an acknowledged write survives."""
