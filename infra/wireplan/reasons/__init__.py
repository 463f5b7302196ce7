"""Why a way through the system is safe: the facts along it, where each is written, which rules look at it, and what they find."""
